/// How `values`, `parameters` and `resources` are held (`inventory.values`).
package enum ValuesPolicy: String, Sendable, CaseIterable {
    /// Compressed, with secrets masked.
    case redact
    /// Not at all; empty texts excepted, which hold nothing.
    case drop
    /// Compressed, as they come.
    case keep
}
