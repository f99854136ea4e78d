/// The weight of one element of a field by which a client says what it would rather have (RFC 9110 §12.4.2).
enum QualityValue {
    /// In thousandths, 0...1000; 0 is refused, and nothing said is 1000. What is no weight counts as nothing said: a
    /// broken field is not worth an error.
    static func of(parameters: some Sequence<Substring>) -> Int {
        for parameter in parameters {
            let text = parameter.trimmed.lowercased()
            if text.hasPrefix("q="), let weight = parse(text.dropFirst(2)) { return weight }
        }
        return 1000
    }

    /// `0`, `0.5`, `0.333`, `1`, `1.000`.
    private static func parse(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0] == "0" || parts[0] == "1" else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let padded = decimals + String(repeating: "0", count: 3 - decimals.utf8.count)
        guard let thousandths = Int(padded) else { return nil }
        if parts[0] == "1" { return thousandths == 0 ? 1000 : nil }
        return thousandths
    }
}
