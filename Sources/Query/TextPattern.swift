import Columns

/// A text to be equal to, or one with wildcards. Compared by UTF-8 bytes, case-sensitive.
package struct TextPattern: Hashable, Sendable {
    /// What stands between the wildcards, at least one piece; one piece alone is the whole text.
    package let pieces: [[UInt8]]

    package init(exactly text: String) { pieces = [Array(text.utf8)] }

    /// Wildcards stand between the pieces. Two wildcards in a row are one.
    package init(pieces: [[UInt8]]) {
        guard pieces.count > 2 else {
            self.pieces = pieces.isEmpty ? [[]] : pieces
            return
        }
        self.pieces = [pieces[0]] + pieces[1..<pieces.count - 1].filter { !$0.isEmpty } + [pieces[pieces.count - 1]]
    }

    package var isExact: Bool { pieces.count == 1 }

    /// As the simple grammar writes it: `*` for the wildcards, literal `\ * , !` after a `\`.
    package var canonical: String {
        var bytes: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "*")) }
            for byte in piece {
                if "\\*,!".utf8.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Patterns made ready: any of them is to match. Linear in the text for each pattern with wildcards.
package struct PatternSet: Sendable {
    private struct Wildcard: Sendable {
        let prefix: [UInt8]
        let suffix: [UInt8]
        let between: [ByteSearch]

        func matches(_ text: Span<UInt8>) -> Bool {
            guard text.count >= prefix.count + suffix.count, ByteText.holds(text, prefix.span, at: 0),
                ByteText.holds(text, suffix.span, at: text.count - suffix.count)
            else { return false }
            // The first place that fits leaves the most for what follows, so no other place needs to be tried.
            var start = prefix.count
            for piece in between {
                guard let end = piece.firstEnd(in: text, from: start, to: text.count - suffix.count) else {
                    return false
                }
                start = end
            }
            return true
        }
    }
    /// Texts without wildcards, sorted by bytes.
    let exact: [[UInt8]]
    private let wildcards: [Wildcard]

    package init(_ patterns: [TextPattern]) {
        exact = patterns.filter(\.isExact).map { $0.pieces[0] }.sorted { ByteText.compare($0.span, $1.span) < 0 }
        wildcards = patterns.filter { !$0.isExact }.map { pattern in
            Wildcard(
                prefix: pattern.pieces[0], suffix: pattern.pieces[pattern.pieces.count - 1],
                between: pattern.pieces[1..<pattern.pieces.count - 1].map(ByteSearch.init))
        }
    }

    var hasExactOnly: Bool { wildcards.isEmpty }
    /// The one text, when there is just one and no pattern.
    var onlyText: [UInt8]? { wildcards.isEmpty && exact.count == 1 ? exact[0] : nil }

    func matches(_ text: Span<UInt8>) -> Bool {
        if indexOfExact(text) != nil { return true }
        for wildcard in wildcards where wildcard.matches(text) { return true }
        return false
    }
    package func matches(_ text: String) -> Bool {
        let bytes = text.utf8
        return matches(bytes.span)
    }

    /// Which of `exact` the text is.
    func indexOfExact(_ text: String) -> Int? {
        let bytes = text.utf8
        return indexOfExact(bytes.span)
    }
    private func compare(_ text: Span<UInt8>, _ exact: [UInt8]) -> Int { ByteText.compare(text, exact.span) }
    func indexOfExact(_ text: Span<UInt8>) -> Int? {
        var low = 0
        var high = exact.count
        while low < high {
            let middle = (low + high) / 2
            let order = compare(text, exact[middle])
            if order == 0 { return middle }
            if order > 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
