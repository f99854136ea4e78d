import Columns

/// Bounds on a Semantic Version, all of which must hold: `>=1.2 <2`.
///
/// Plain precedence decides, so `<2` has `2.0.0-rc.1` in it. Parts left out of a bound are 0.
package struct VersionRange: Hashable, Sendable {
    package struct Bound: Hashable, Sendable {
        package let comparison: Comparison
        /// Three numbers and perhaps a pre-release, without `v` and without build metadata.
        package let version: [UInt8]
        var canonical: String { comparison.rawValue + String(decoding: version, as: UTF8.self) }
    }
    /// Sorted, each once, at least one.
    package let bounds: [Bound]

    /// Nil without bounds.
    init?(_ bounds: [Bound]) {
        guard !bounds.isEmpty else { return nil }
        self.bounds = Set(bounds).sorted { ByteText.compare($0.canonical, $1.canonical) < 0 }
    }

    package var canonical: String { bounds.map(\.canonical).joined(separator: " ") }

    static let boundHint = "<, <=, =, >= or > and a Semantic Version: >=1.2.0 <2"

    /// What stands between blanks, and where it begins when the text does at `start`.
    static func pieces(of text: String, at start: Int) -> [(text: String, position: Int)] {
        var position = start
        var pieces: [(String, Int)] = []
        for piece in text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false) {
            if !piece.isEmpty { pieces.append((String(decoding: piece, as: UTF8.self), position)) }
            position += piece.count + 1
        }
        return pieces
    }
}

/// A range made ready for many texts.
struct RangeTest {
    private struct Bound {
        let comparison: Comparison
        let text: [UInt8]
        let version: SemanticVersion
    }
    private let bounds: [Bound]

    /// Nil when a bound is no version, which `VersionRange` does not let happen.
    init?(_ range: VersionRange) {
        bounds = range.bounds.compactMap { bound in
            SemanticVersion(bound.version.span).map {
                Bound(comparison: bound.comparison, text: bound.version, version: $0)
            }
        }
        if bounds.count < range.bounds.count { return nil }
    }

    /// A text that is no Semantic Version is in no range.
    func contains(_ span: Span<UInt8>) -> Bool {
        guard let version = SemanticVersion(span) else { return false }
        for bound in bounds {
            let order = SemanticVersion.compare(version, in: span, bound.version, in: bound.text.span)
            if !bound.comparison.holds(order) { return false }
        }
        return true
    }
}

extension VersionRange.Bound {
    /// Reads `>=1.2.0`; up to two numbers may be left out. Nil when it is no bound.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let sign = bytes.prefix { "<>=".utf8.contains($0) }
        guard let comparison = Comparison(rawValue: String(decoding: sign, as: UTF8.self)) else {
            return nil
        }
        var version = Array(bytes[sign.count...])
        if version.first == UInt8(ascii: "v") { version.removeFirst() }
        if let plus = version.firstIndex(of: UInt8(ascii: "+")) {
            // The build metadata is checked, then left out.
            guard SemanticVersion(version.span) != nil else { return nil }
            version.removeSubrange(plus...)
        }
        // Only whole numbers may be missing: `1.2` is 1.2.0, `1.2-rc` is nothing.
        if version.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) {
            let dots = version.reduce(0) { $0 + ($1 == UInt8(ascii: ".") ? 1 : 0) }
            if dots < 2 { version += (dots == 0 ? ".0.0" : ".0").utf8 }
        }
        guard version.first != UInt8(ascii: "v"), SemanticVersion(version.span) != nil else { return nil }
        self.comparison = comparison
        self.version = version
    }
}
