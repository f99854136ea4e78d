import Columns

extension FilterExpression {
    /// The same question in one form: negation stands at terms alone, nested lists are flattened, terms about one field
    /// joined where one term says the same, members sorted and each once.
    package func normalized() -> FilterExpression { normalized(isNegated: false) }

    private func normalized(isNegated: Bool) -> FilterExpression {
        switch self {
        case .all: isNegated ? .none : .all
        // It is never null, so one of a set and its complement always holds.
        case .term(.number(.severity, let ranges)) where isNegated:
            Self.joined([.term(.number(.severity, anyOf: NumberRange.complement(ranges)))], .and)
        case .term(let term): Self.joined([isNegated ? .not(.term(term)) : .term(term)], .and)
        case .not(let inner): inner.normalized(isNegated: !isNegated)
        // De Morgan's laws hold, as a term is true or false and nothing between.
        case .and(let members): Self.joined(members.map { $0.normalized(isNegated: isNegated) }, isNegated ? .or : .and)
        case .or(let members): Self.joined(members.map { $0.normalized(isNegated: isNegated) }, isNegated ? .and : .or)
        }
    }

    /// - Parameter members: normalized.
    private static func joined(_ members: [FilterExpression], _ connective: Connective) -> FilterExpression {
        var merging = TermMerging(connective)
        for member in members {
            switch (member, connective) {
            case (.and(let inner), .and), (.or(let inner), .or): for each in inner { merging.add(each) }
            default: merging.add(member)
            }
        }
        let (neutral, deciding): (FilterExpression, FilterExpression) =
            connective == .and ? (.all, .none) : (.none, .all)
        if merging.members.contains(deciding) { return deciding }
        // By bytes, never by `String`'s own equality: that holds composed and decomposed letters for equal.
        var found: [(text: String, member: FilterExpression)] = []
        let sorted = merging.members.filter { $0 != neutral }.map { ($0.text, $0) }
            .sorted { ByteText.compare($0.0, $1.0) < 0 }
        for each in sorted where found.last.map({ ByteText.compare($0.text, each.0) != 0 }) ?? true {
            found.append(each)
        }
        if found.count > 1 { return connective == .and ? .and(found.map(\.member)) : .or(found.map(\.member)) }
        return found.first?.member ?? neutral
    }
}

enum Connective { case and, or }

/// Members of one list, those about the same field joined as far as one term says the same as several.
private struct TermMerging {
    private(set) var members: [FilterExpression] = []
    private let connective: Connective
    private var places: [Key: Int] = [:]

    private struct Key: Hashable {
        let field: [UInt8]
        let isNegated: Bool
        let isRange: Bool
    }

    init(_ connective: Connective) { self.connective = connective }

    mutating func add(_ member: FilterExpression) {
        let (term, isNegated): (FilterTerm, Bool)
        switch member {
        case .term(let inner): (term, isNegated) = (inner, false)
        case .not(.term(let inner)): (term, isNegated) = (inner, true)
        default:
            members.append(member)
            return
        }
        // `not a and not b` is `not (a or b)`.
        let isUnion = (connective == .or) != isNegated
        guard let key = key(term, isNegated: isNegated, isUnion: isUnion) else {
            members.append(Self.expression(term.sorted, isNegated))
            return
        }
        if let place = places[key], let held = members[place].testedTerm {
            members[place] = Self.expression(isUnion ? held.union(term) : held.intersection(term), isNegated)
        } else {
            places[key] = members.count
            members.append(Self.expression(term.sorted, isNegated))
        }
    }

    /// Equal for terms of which one can stand for two; nil when none can.
    private func key(_ term: FilterTerm, isNegated: Bool, isUnion: Bool) -> Key? {
        func key(_ field: String, isRange: Bool = false) -> Key {
            Key(field: Array(field.utf8), isNegated: isNegated, isRange: isRange)
        }
        switch term {
        case .text(let field, _): return isUnion ? key(field.text) : nil
        case .number(let field, _): return key(field.rawValue)
        case .chartVersion(let tests):
            if isUnion { return key("chart_version") }
            return tests.count == 1 && tests[0].isRange ? key("chart_version", isRange: true) : nil
        case .textOrder, .chartPublic, .time, .age, .stuck, .word: return nil
        }
    }

    private static func expression(_ term: FilterTerm, _ isNegated: Bool) -> FilterExpression {
        if term.holdsNever { return isNegated ? .all : .none }
        if term.holdsAlways { return isNegated ? .none : .all }
        return isNegated ? .not(.term(term)) : .term(term)
    }
}

extension FilterExpression {
    /// What a term or its negation tests; a constant stands for the empty set of numbers.
    fileprivate var testedTerm: FilterTerm? {
        switch self {
        case .term(let term), .not(.term(let term)): term
        default: nil
        }
    }
}

extension NumberField {
    /// Bounds that all severities keep are left out.
    fileprivate func normalized(_ ranges: [NumberRange]) -> [NumberRange] {
        switch self {
        case .version: NumberRange.union(ranges)
        case .severity:
            NumberRange.union(
                NumberRange.intersection(ranges, [Severity.range]).map { range in
                    NumberRange(
                        lower: range.lower == Severity.range.lower ? .min : range.lower,
                        upper: range.upper == Severity.range.upper ? .max : range.upper)
                })
        }
    }
}

extension VersionTest {
    fileprivate var isRange: Bool { if case .range = self { true } else { false } }
}

extension FilterTerm {
    /// Its values sorted, each once.
    fileprivate var sorted: FilterTerm {
        switch self {
        case .text(let field, let patterns): .text(field, anyOf: Self.sorted(patterns, by: \.canonical))
        case .chartVersion(let tests): .chartVersion(anyOf: Self.sorted(tests, by: \.sortText))
        case .number(let field, let ranges): .number(field, anyOf: field.normalized(ranges))
        case .textOrder, .chartPublic, .time, .age, .stuck, .word: self
        }
    }
    /// There is no value that it takes.
    fileprivate var holdsNever: Bool {
        switch self {
        case .text(_, let patterns): patterns.isEmpty
        case .chartVersion(let tests): tests.isEmpty
        case .number(_, let ranges): ranges.isEmpty
        case .textOrder, .chartPublic, .time, .age, .stuck, .word: false
        }
    }
    /// It takes every value there can be, and there is one always.
    fileprivate var holdsAlways: Bool { if case .number(.severity, [.all]) = self { true } else { false } }

    /// Either holds; of terms with the same key.
    fileprivate func union(_ other: FilterTerm) -> FilterTerm {
        switch (self, other) {
        case (.text(let field, let ours), .text(_, let theirs)): FilterTerm.text(field, anyOf: ours + theirs).sorted
        case (.chartVersion(let ours), .chartVersion(let theirs)): FilterTerm.chartVersion(anyOf: ours + theirs).sorted
        case (.number(let field, let ours), .number(_, let theirs)):
            FilterTerm.number(field, anyOf: ours + theirs).sorted
        default: self
        }
    }
    /// Both hold; of terms with the same key.
    fileprivate func intersection(_ other: FilterTerm) -> FilterTerm {
        switch (self, other) {
        case (.number(let field, let ours), .number(_, let theirs)):
            return FilterTerm.number(field, anyOf: NumberRange.intersection(ours, theirs)).sorted
        case (.chartVersion(let ours), .chartVersion(let theirs)):
            let bounds = (ours + theirs).flatMap { test -> [VersionRange.Bound] in
                if case .range(let range) = test { range.bounds } else { [] }
            }
            return VersionRange(bounds).map { .chartVersion(anyOf: [.range($0)]) } ?? self
        default: return self
        }
    }

    private static func sorted<Value>(_ values: [Value], by text: (Value) -> String) -> [Value] {
        var found: [(text: String, value: Value)] = []
        for each in values.map({ (text($0), $0) }).sorted(by: { ByteText.compare($0.0, $1.0) < 0 })
        where found.last.map({ ByteText.compare($0.text, each.0) != 0 }) ?? true {
            found.append(each)
        }
        return found.map(\.value)
    }
}
