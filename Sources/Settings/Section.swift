/// One mapping of the configuration, read key by key. Every module's `Config` reads itself from its own section.
///
/// Reading never throws: a missing key gives the default, a bad value gives the default and a `Problem` with its path,
/// and `GatewayConfig` prints all of them together. Keys that nobody read are problems too, with the nearest known key
/// as a hint. Values of secrets never reach a problem's text. An empty section gives all defaults.
package final class Section {
    /// `inventory`, `clusters[3]`; empty for the whole file.
    package let path: String

    /// A section without keys: every read gives its default.
    package init(path: String = "") { self.path = path }

    package func string(_ key: String) -> String? { nil }
    package func string(_ key: String, default value: String) -> String { value }
    package func integer(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int { value }
    package func boolean(_ key: String, default value: Bool) -> Bool { value }
    /// `500ms`, `10s`, `5m`, `24h`, `7d`.
    package func duration(
        _ key: String, default value: Duration, in range: ClosedRange<Duration>
    ) -> Duration { value }
    /// `512`, `64KiB`, `32MiB`, `1GiB`, `10MB`.
    package func byteCount(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int { value }
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default value: Choice
    ) -> Choice where Choice.RawValue == String { value }
    package func strings(_ key: String) -> [String] { [] }
    /// A mapping of names to text, such as labels.
    package func map(_ key: String) -> [String: String] { [:] }
    /// `{env: NAME}` or `{file: PATH}`; nil when the key is missing.
    package func secret(_ key: String) -> SecretReference? { nil }
    package func section(_ key: String) -> Section { Section(path: "\(path).\(key)") }
    package func sections(_ key: String) -> [Section] { [] }
    package func isPresent(_ key: String) -> Bool { false }

    /// Adds a problem about `key`, or about the whole section when it is nil.
    package func report(_ detail: String, at key: String? = nil) {}
}
