import Timing

extension FilterExpression {
    /// Equal questions give equal texts, and different ones different texts. It is written in the language of `filter=`,
    /// and reading it gives the same text again; it may be longer than that parameter takes.
    package var canonical: String { normalized().text }

    /// Of a normalized expression.
    var text: String { written.text(inside: nil) }

    private var written: Written {
        switch self {
        case .all: .atom("all()")
        case .term(let term): term.written
        case .not(.term(let term)): term.writtenNegated
        case .not: .atom("none()")
        case .and(let members): .list(.and, members.map(\.written))
        case .or(let members): .list(.or, members.map(\.written))
        }
    }
}

/// What is written: a term of the language, or terms joined.
private indirect enum Written {
    case atom(String)
    case list(Connective, [Written])

    /// In parentheses where the list around it is of the other kind.
    func text(inside outer: Connective?) -> String {
        switch self {
        case .atom(let text): return text
        case .list(let connective, let members):
            if members.count == 1 { return members[0].text(inside: outer) }
            let text = members.map { $0.text(inside: connective) }.joined(
                separator: connective == .and ? " AND " : " OR ")
            return outer == nil || outer == connective ? text : "(\(text))"
        }
    }
}

extension FilterTerm {
    fileprivate var written: Written {
        switch self {
        case .text(let field, let patterns):
            .list(.or, patterns.map { .atom("\(field.filterText)=\($0.filterText)") })
        case .chartVersion(let tests): .list(.or, tests.map { .atom($0.written(equal: "=")) })
        case .number(let field, let ranges): .list(.or, ranges.map { $0.written(field.rawValue) })
        default: .atom(simpleText)
        }
    }

    fileprivate var writtenNegated: Written {
        switch self {
        case .text(let field, let patterns):
            .list(.and, patterns.map { .atom("\(field.filterText)!=\($0.filterText)") })
        case .chartVersion(let tests):
            .list(
                .and,
                tests.map { test in
                    if case .pattern = test {
                        .atom(test.written(equal: "!="))
                    } else {
                        .atom("NOT " + test.written(equal: "="))
                    }
                })
        case .number(let field, let ranges): .list(.and, ranges.map { $0.writtenNegated(field.rawValue) })
        case .chartPublic(let value): .atom("chart_public!=\(value)")
        default: .atom("NOT \(simpleText)")
        }
    }

    /// Of a term that is not a list of alternatives.
    private var simpleText: String {
        switch self {
        case .text, .chartVersion, .number: ""
        case .textOrder(let field, let comparison, let bytes):
            field.filterText + comparison.rawValue + FilterText.value(pieces: [bytes])
        case .chartPublic(let value): "chart_public=\(value)"
        case .time(let field, .greaterOrEqual, .earliest): "\(field.rawValue):*"
        case .time(let field, let comparison, let instant): field.rawValue + comparison.rawValue + instant.rfc3339
        case .age(let field, let comparison, let age): "\(comparison.rawValue)(\(field.rawValue),\(age.text))"
        case .stuck(let duration): "stuck(\(duration.text))"
        case .word(let word): "q:\(FilterText.value(pieces: [Array(word.utf8)]))"
        }
    }
}

extension Instant {
    /// No time is before it, so what is at it or after is any time at all.
    static let earliest = Instant(seconds: .min)
}

extension TextField {
    /// As `filter=` writes it: a label's key in quotes when there is something unusual in it.
    fileprivate var filterText: String {
        if case .label(let key) = self { "label." + FilterText.labelKey(key) } else { text }
    }
}

extension TextPattern {
    fileprivate var filterText: String { FilterText.value(pieces: pieces) }
}

extension VersionTest {
    fileprivate func written(equal: String) -> String {
        switch self {
        case .pattern(let pattern):
            "chart_version\(equal)\(FilterText.value(pieces: pattern.pieces, escapesComparison: true))"
        case .range(let range):
            if range.bounds.count == 1, range.bounds[0].comparison != .equal {
                "chart_version\(range.canonical)"
            } else {
                "semver(chart_version,\(range.canonical.quoted))"
            }
        }
    }
    var sortText: String { written(equal: "=") }
}

extension NumberRange {
    fileprivate func written(_ field: String) -> Written {
        if self == .all { return .atom("\(field):*") }
        if lower == upper { return .atom("\(field)=\(lower)") }
        if lower == .min { return .atom("\(field)<=\(upper)") }
        if upper == .max { return .atom("\(field)>=\(lower)") }
        return .list(.and, [.atom("\(field)>=\(lower)"), .atom("\(field)<=\(upper)")])
    }
    fileprivate func writtenNegated(_ field: String) -> Written {
        if self == .all { return .atom("NOT \(field):*") }
        if lower == upper { return .atom("\(field)!=\(lower)") }
        if lower == .min { return .atom("NOT \(field)<=\(upper)") }
        if upper == .max { return .atom("NOT \(field)>=\(lower)") }
        return .list(.or, [.atom("NOT \(field)>=\(lower)"), .atom("NOT \(field)<=\(upper)")])
    }
}
