/// Whole numbers from one to another, both included; one with its ends the wrong way round holds none.
package struct NumberRange: Hashable, Sendable {
    package let lower: Int64
    package let upper: Int64

    package static let all = NumberRange(lower: .min, upper: .max)
    package static let none = NumberRange(lower: 1, upper: 0)

    package init(lower: Int64, upper: Int64) {
        self.lower = lower
        self.upper = upper
    }
    /// What stands to `number` like that.
    package init(_ comparison: Comparison, _ number: Int64) {
        switch comparison {
        case .less: self = number == .min ? .none : NumberRange(lower: .min, upper: number - 1)
        case .lessOrEqual: self.init(lower: .min, upper: number)
        case .equal: self.init(lower: number, upper: number)
        case .greaterOrEqual: self.init(lower: number, upper: .max)
        case .greater: self = number == .max ? .none : NumberRange(lower: number + 1, upper: .max)
        }
    }

    func contains(_ number: Int64) -> Bool { lower <= number && number <= upper }
    func intersection(_ other: NumberRange) -> NumberRange {
        NumberRange(lower: max(lower, other.lower), upper: min(upper, other.upper))
    }

    /// The same numbers as ranges that do not touch, ascending: one form for each set.
    static func union(_ ranges: [NumberRange]) -> [NumberRange] {
        var found: [NumberRange] = []
        for range in ranges.filter({ $0.lower <= $0.upper }).sorted(by: { $0.lower < $1.lower }) {
            if let last = found.last, last.upper == .max || range.lower <= last.upper + 1 {
                found[found.count - 1] = NumberRange(lower: last.lower, upper: max(last.upper, range.upper))
            } else {
                found.append(range)
            }
        }
        return found
    }
    /// The numbers that are in both.
    static func intersection(_ left: [NumberRange], _ right: [NumberRange]) -> [NumberRange] {
        union(left.flatMap { one in right.map(one.intersection) })
    }
    /// The numbers that are in none of them.
    static func complement(_ ranges: [NumberRange]) -> [NumberRange] {
        union(ranges).reduce([.all]) { rest, range in
            intersection(rest, [NumberRange(.less, range.lower), NumberRange(.greater, range.upper)])
        }
    }
}
