/// How one value stands to another, as `filter=` and ranges of versions write it.
package enum Comparison: String, Hashable, Sendable, CaseIterable {
    case less = "<"
    case lessOrEqual = "<="
    case equal = "="
    case greaterOrEqual = ">="
    case greater = ">"

    /// - Parameter order: negative, zero or positive, as the first value comes before, with or after the second.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .equal: order == 0
        case .greaterOrEqual: order >= 0
        case .greater: order > 0
        }
    }
}
