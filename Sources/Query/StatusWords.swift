/// The words of `status` that are known: the cloud's eight and three more of Helm's.
package enum StatusWords {
    package static let known = [
        "DEPLOYED", "DELETED", "FAILED", "DELETING", "PENDING_INSTALL", "PENDING_UPGRADE", "PENDING_ROLLBACK",
        "UNKNOWN",
        "SUPERSEDED", "UNINSTALLED", "UNINSTALLING",
    ]

    /// A word as the cloud writes it, from its spelling or Helm's (`pending-install`); nil when it is unknown.
    static func exact(_ word: String) -> String? {
        if known.contains(word) { return word }
        let upper = cloudSpelling(word)
        return upper.flatMap { known.contains($0) ? $0 : nil }
    }

    /// Helm writes lower case and `-` only; nil for anything else.
    static func cloudSpelling(_ word: String) -> String? {
        var bytes: [UInt8] = []
        for byte in word.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): bytes.append(byte & 0xDF)
            case UInt8(ascii: "-"): bytes.append(UInt8(ascii: "_"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A pattern reaches words as they are; one in Helm's spelling also reaches the cloud's (`pending-*`, `PENDING_*`).
    static func patterns(_ pattern: TextPattern) -> [TextPattern] {
        let pieces = pattern.pieces.map { cloudSpelling(String(decoding: $0, as: UTF8.self)) }
        guard !pieces.contains(nil), pieces.contains(where: { $0 != "" }) else { return [pattern] }
        return [pattern, TextPattern(pieces: pieces.map { Array(($0 ?? "").utf8) })]
    }
}
