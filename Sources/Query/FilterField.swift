/// What `filter=` can name before an operator.
package enum FilterField: Hashable, Sendable {
    case text(TextField)
    case chartVersion
    case number(NumberField)
    case chartPublic
    case time(TimeField)
    /// The keys of the cluster's labels.
    case labels
    /// Words anywhere, as in the parameter `q`.
    case words

    /// The fields of a release, and three that ask for something in several of them. Of labels the scanner knows.
    private static let named: [(name: String, field: FilterField)] =
        QueryField.all.map { ($0.name, $0.filtered) } + [
            ("cluster", .text(.cluster)), ("labels", .labels), ("q", .words),
        ]
    static let names = named.map(\.name)

    init?(name: String) {
        guard name != QueryField.labelName, let known = Self.named.first(where: { $0.name == name }) else { return nil }
        self = known.field
    }
}

extension FilterField {
    /// What may stand between it and a value; `:` with a lone `*` asks of any field but words whether there is one.
    package var operators: [String] { taken.map(\.rawValue) }

    private var taken: [FilterOperator] {
        switch self {
        case .text(.cluster): [.equal, .notEqual, .has]
        case .text, .chartVersion, .number, .time:
            [.equal, .notEqual, .less, .lessOrEqual, .greaterOrEqual, .greater, .has]
        case .chartPublic: [.equal, .notEqual, .has]
        case .labels, .words: [.has]
        }
    }
}

/// What stands between a field and a value.
enum FilterOperator: String, CaseIterable {
    // The longer ones first, as they begin like the shorter.
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "="
    case less = "<"
    case greater = ">"
    case has = ":"

    /// Nil for `!=` and `:`.
    var comparison: Comparison? { Comparison(rawValue: rawValue) }
}

/// Bounds on a text in the language of `filter=`.
package struct FilterLimits: Sendable {
    package var bytes: Int
    package var terms: Int
    /// Parentheses within each other.
    package var depth: Int
    package var valueBytes: Int

    /// What a request may send.
    package static let request = FilterLimits(bytes: 4096, terms: 64, depth: 8, valueBytes: ValueList.itemByteLimit)
    /// For canonical texts, which write lists of the simple parameters out; the depth bounds the stack.
    package static let canonical = FilterLimits(bytes: 1 << 24, terms: 1 << 20, depth: 64, valueBytes: 1 << 16)
}
