import ReleaseModel

/// Everything `GET /v1/summary` was asked: a list's filters and coverage, and what its rows are counted by.
package struct SummaryRequest: Sendable {
    /// Order, view and members are not asked here and stay as they are by themselves.
    package let list: ListRequest
    /// One to `ValueCounts.fieldLimit`, in the order in which they were asked.
    package let fields: [CountedField]

    package static let parameter = "group_by"

    /// Reads the parameters of a list and `group_by`. Every problem is reported at once, in the order of the query.
    package init(parameters: [(name: String, value: String)]) throws(InvalidParameters) {
        var parser = ListParser()
        var fields: [CountedField]?
        for (name, value) in parameters {
            guard name == Self.parameter else {
                parser.read(name, value)
                continue
            }
            if fields != nil {
                parser.report(name, "given more than once", hint: "separate fields by commas")
                continue
            }
            fields = parser.countedFields(name, value, limit: ValueCounts.fieldLimit) { _ in true }
        }
        if fields == nil { parser.report(Self.parameter, "is required", hint: "group_by=chart_name,status") }
        list = try parser.finished()
        self.fields = fields ?? []
    }

    /// What a page token is bound to and an ETag covers.
    package var canonical: String {
        "\(list.canonical) group by \(fields.map(\.text.quoted).joined(separator: " "))"
    }
}

/// Everything `GET /v1/fields/{field}/values` was asked.
package struct FieldValuesRequest: Sendable {
    package let list: ListRequest
    package let field: CountedField
    /// Folded; empty for every value.
    package let prefix: FoldedPrefix

    package static let parameter = "prefix"
    /// As of a value in a filter.
    static let prefixByteLimit = ValueList.itemByteLimit

    /// - Parameter field: the name in the path; a problem with it is one of the parameter `field`.
    package init(field name: String, parameters: [(name: String, value: String)]) throws(InvalidParameters) {
        var parser = ListParser()
        let field = CountedField(name)
        if field == nil {
            let isKnown = QueryField.named(name) != nil
            parser.report(
                "field", isKnown ? "its values are not counted" : "unknown field", token: name,
                hint: ListParser.countedHint(name))
        }
        var prefix: String?
        for (name, value) in parameters {
            guard name == Self.parameter else {
                parser.read(name, value)
                continue
            }
            if prefix != nil {
                parser.report(name, "given more than once", hint: "give \(name) once")
            } else if value.isEmpty {
                parser.report(name, "the value is empty", position: 0, token: "", hint: "leave the parameter out")
            } else if value.utf8.count > Self.prefixByteLimit {
                parser.report(name, "longer than \(Self.prefixByteLimit) bytes")
            }
            prefix = value
        }
        list = try parser.finished()
        self.field = field ?? .status  // reported above
        self.prefix = FoldedPrefix(prefix ?? "")
    }

    package var canonical: String { "\(list.canonical) values of \(field.text.quoted) \(prefix.text.quoted)" }
}

/// What somebody has typed of a value so far: its beginning, in any case.
package struct FoldedPrefix: Sendable {
    let text: String
    package init(_ text: String) { self.text = FoldedWord.fold(text) }

    func begins(_ value: FieldValue) -> Bool {
        switch value {
        case .null: text.isEmpty
        case .text(let value): text.isEmpty || FoldedWord.fold(value).utf8.starts(with: text.utf8)
        case .integer(let value): "\(value)".utf8.starts(with: text.utf8)
        case .boolean(let value): "\(value)".utf8.starts(with: text.utf8)
        }
    }
}
