/// What a client takes: one element of `Accept` (RFC 9110 §12.5.1).
struct MediaRange: Equatable {
    /// `*/*`, `application/*` or `application/json`, in lower case; parameters other than `q` are not looked at.
    let type: String
    let subtype: String
    /// In thousandths; 0: refused.
    let weight: Int

    /// Reads all `Accept` fields of a request. Elements that are none are passed over: a broken `Accept` is not worth
    /// an error.
    static func ranges(_ fields: [(name: String, value: String)]) -> [MediaRange] {
        fields.lazy.filter { $0.name == "accept" }.flatMap { $0.value.split(separator: ",") }.compactMap(
            MediaRange.init)
    }

    init?(_ element: Substring) {
        let pieces = element.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed }
        let names = pieces[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
        (type, subtype) = (names[0].lowercased(), names[1].lowercased())
        weight = QualityValue.of(parameters: pieces.dropFirst())
    }

    /// How much `type/subtype` is wanted, 0 not at all: the most specific range that names it decides; without any
    /// range all is.
    static func weight(_ ranges: [MediaRange], type: String, subtype: String) -> Int {
        guard !ranges.isEmpty else { return 1000 }
        let exact = ranges.first { $0.type == type && $0.subtype == subtype }
        let ofType = ranges.first { $0.type == type && $0.subtype == "*" }
        let any = ranges.first { $0.type == "*" && $0.subtype == "*" }
        return (exact ?? ofType ?? any)?.weight ?? 0
    }
    static func accept(_ ranges: [MediaRange], type: String, subtype: String) -> Bool {
        weight(ranges, type: type, subtype: subtype) > 0
    }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    var trimmed: Substring {
        var text = self
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
