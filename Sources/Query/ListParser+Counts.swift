/// The parameters that say what rows are counted by.
extension ListParser {
    /// A list of fields, each once; what is wrong is reported.
    ///
    /// - Parameter isAllowed: which of the fields that can be counted are allowed here.
    mutating func countedFields(
        _ name: String, _ value: String, limit: Int, where isAllowed: (QueryField) -> Bool
    ) -> [CountedField] {
        let pieces = pieces(value)
        if pieces.count > limit {
            let first = pieces[limit]
            report(name, "more than \(limit) fields", position: first.position, token: first.text)
            return []
        }
        var fields: [CountedField] = []
        for piece in pieces {
            guard let field = countedField(piece.text, where: isAllowed) else {
                report(
                    name, piece.text.isEmpty ? "a field is empty" : "cannot be counted by", position: piece.position,
                    token: piece.text, hint: Self.countedHint(piece.text, where: isAllowed))
                continue
            }
            if fields.contains(field) {
                report(name, "counted by twice", position: piece.position, token: piece.text, hint: "name it once")
                continue
            }
            fields.append(field)
        }
        return fields
    }

    private func countedField(_ text: String, where isAllowed: (QueryField) -> Bool) -> CountedField? {
        guard let field = QueryField.named(text), isAllowed(field) else { return nil }
        return CountedField(text)
    }

    static func countedHint(_ text: String, where isAllowed: (QueryField) -> Bool = { _ in true }) -> String? {
        NearestWord.to(
            text, among: QueryField.all.filter { $0.counted != nil && isAllowed($0) }.map(\.name))
    }
}
