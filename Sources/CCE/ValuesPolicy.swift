import Columns
import JSON

/// How `values`, `parameters` and `resources` are held (`inventory.values`).
package enum ValuesPolicy: String, Sendable, CaseIterable {
    /// Compressed, with secrets masked.
    case redact
    /// Not at all; empty texts excepted, which hold nothing.
    case drop
    /// Compressed, as they come.
    case keep

    /// What is made of a text before it is held; `drop` holds empty ones alone.
    var treatment: @Sendable (Span<UInt8>) -> [UInt8] {
        switch self {
        case .keep: { (text: Span<UInt8>) in Array(copying: text) }
        case .redact, .drop: { (text: Span<UInt8>) in MaskedJSON.mask(text).text }
        }
    }
}
