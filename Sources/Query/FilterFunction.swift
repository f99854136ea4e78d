import Timing

/// What `filter=` can call.
package enum FilterFunction: String, Sendable, CaseIterable {
    case stuck, older, newer, semver
    /// What canonical texts write when nothing, or something impossible, is asked.
    case all, none

    /// How it is called.
    package var example: String {
        switch self {
        case .stuck: "stuck(15m)"
        case .older: "older(update_at, 7d)"
        case .newer: "newer(update_at, 1h)"
        case .semver: #"semver(chart_version, ">=1.2 <2")"#
        case .all: "all()"
        case .none: "none()"
        }
    }
    fileprivate var argumentCount: Int {
        switch self {
        case .all, .none: 0
        case .stuck: 1
        case .older, .newer, .semver: 2
        }
    }
}

extension FilterParser {
    /// `.all` when there is a problem, which is then reported.
    mutating func call(
        _ function: FilterFunction, _ arguments: [FilterScanner.Value], at position: Int
    ) -> FilterExpression {
        guard arguments.count == function.argumentCount else {
            report(
                "another number of arguments was expected", at: position, token: function.rawValue,
                hint: function.example)
            return .all
        }
        switch function {
        case .all: return .all
        case .none: return .none
        case .stuck: return duration(arguments[0], function).map { .term(.stuck($0)) } ?? .all
        case .older, .newer:
            guard let field = TimeField(rawValue: arguments[0].token) else {
                report(
                    "not a time of a release", at: arguments[0].position, token: arguments[0].token,
                    hint: NearestWord.to(arguments[0].token, among: ["create_at", "update_at"]))
                return .all
            }
            guard let age = duration(arguments[1], function) else { return .all }
            return .term(.age(field, function == .older ? .older : .newer, age))
        case .semver:
            guard arguments[0].token == "chart_version" else {
                report(
                    "only chart_version is a version", at: arguments[0].position, token: arguments[0].token,
                    hint: function.example)
                return .all
            }
            return versionRange(arguments[1]).map { .term(.chartVersion(anyOf: [.range($0)])) } ?? .all
        }
    }

    private mutating func duration(_ value: FilterScanner.Value, _ function: FilterFunction) -> Duration? {
        if let duration = value.text.flatMap({ Duration(text: $0) }) { return duration }
        report("not a duration", at: value.position, token: value.token, hint: function.example)
        return nil
    }

    private mutating func versionRange(_ value: FilterScanner.Value) -> VersionRange? {
        guard value.byteCount <= limits.valueBytes, let text = value.text else {
            report(
                "not a range of versions", at: value.position, token: value.token, hint: FilterFunction.semver.example)
            return nil
        }
        // With escapes in it a piece's place is not known.
        let isVerbatim = value.token.utf8.count == text.utf8.count + (value.isQuoted ? 2 : 0)
        let start = value.position + (value.isQuoted ? 1 : 0)
        var bounds: [VersionRange.Bound] = []
        for piece in VersionRange.pieces(of: text, at: start) {
            guard let bound = VersionRange.Bound(piece.text) else {
                report(
                    "not a bound of a version", at: isVerbatim ? piece.position : value.position, token: piece.text,
                    hint: VersionRange.boundHint)
                return nil
            }
            bounds.append(bound)
        }
        if let range = VersionRange(bounds) { return range }
        report("there is no bound", at: value.position, token: value.token, hint: VersionRange.boundHint)
        return nil
    }
}
