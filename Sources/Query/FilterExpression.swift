import Timing

/// Which releases: one syntax tree, whatever door the question came through. The parameters are sugar for it.
///
/// Two values, not three: a term about a field that is null does not hold, and its negation does. So `chart_name=a` and
/// `chart_name=!a` share all rows between them.
package indirect enum FilterExpression: Hashable, Sendable {
    case all
    case term(FilterTerm)
    case not(FilterExpression)
    case and([FilterExpression])
    case or([FilterExpression])

    package static let none = FilterExpression.not(.all)
}

/// One test of one row or of its cluster.
package enum FilterTerm: Hashable, Sendable {
    case text(TextField, anyOf: [TextPattern])
    case chartVersion(anyOf: [VersionTest])
    /// Revisions; an empty range (`>7 <3`) has its bounds the wrong way round.
    case revision(anyOf: [RevisionRange])
    case chartPublic(Bool)
    case time(TimeField, TimeComparison, TimePoint)
    /// `PENDING_*` or `DELETING`, and not updated for that long.
    case stuck(Duration)
    /// A folded word that is part of the name, namespace, chart, its version, the description or the cluster's name.
    case word(String)
}

package enum TextField: Hashable, Sendable {
    /// Id or name.
    case cluster
    case clusterID, clusterName, region, projectID
    case label(String)
    case namespace, name, chartName, status

    /// It says something of clusters, so it decides which are targeted.
    package var isOfCluster: Bool {
        switch self {
        case .cluster, .clusterID, .clusterName, .region, .projectID, .label: true
        case .namespace, .name, .chartName, .status: false
        }
    }
    /// The parameter's name.
    package var text: String {
        switch self {
        case .cluster: "cluster"
        case .clusterID: "cluster_id"
        case .clusterName: "cluster_name"
        case .region: "region"
        case .projectID: "project_id"
        case .label(let key): "label.\(key)"
        case .namespace: "namespace"
        case .name: "name"
        case .chartName: "chart_name"
        case .status: "status"
        }
    }
}

package enum VersionTest: Hashable, Sendable {
    case pattern(TextPattern)
    case range(VersionRange)
}

package struct RevisionRange: Hashable, Sendable {
    package let lower: Int64
    package let upper: Int64
    func contains(_ revision: Int64) -> Bool { lower <= revision && revision <= upper }
}

package enum TimeField: String, Hashable, Sendable {
    case createAt = "create_at"
    case updateAt = "update_at"
}

/// Half-open windows, so that adjacent ones share no row and lose none.
package enum TimeComparison: String, Hashable, Sendable {
    case atOrAfter = ">="
    case before = "<"
}

package enum TimePoint: Hashable, Sendable {
    case instant(Instant)
    /// That long before the clock of page 1.
    case age(Duration)

    func resolved(at now: Instant) -> Instant {
        switch self {
        case .instant(let instant): instant
        case .age(let age): now - age
        }
    }
}

// MARK: - Canonical form

extension FilterExpression {
    /// The same question in one form: nested lists flattened, members sorted and each once, no double negation.
    package func normalized() -> FilterExpression {
        switch self {
        case .all: .all
        case .term(let term): .term(term.normalized())
        case .not(let inner): inner.normalized().negated
        case .and(let members): Self.join(members, neutral: .all, deciding: .none, as: Self.and)
        case .or(let members): Self.join(members, neutral: .none, deciding: .all, as: Self.or)
        }
    }

    /// Equal questions give equal texts, and different ones different texts: an S-expression with quoted values.
    package var canonical: String { normalized().text }

    private var negated: FilterExpression {
        if case .not(let inner) = self { inner } else { .not(self) }
    }

    private static func join(
        _ members: [FilterExpression], neutral: FilterExpression, deciding: FilterExpression,
        as make: ([FilterExpression]) -> FilterExpression
    ) -> FilterExpression {
        var flat: Set<FilterExpression> = []
        for member in members.map({ $0.normalized() }) {
            switch (member, neutral) {
            // `neutral` tells the two connectives apart.
            case (.and(let inner), .all), (.or(let inner), .not): flat.formUnion(inner)
            default: flat.insert(member)
            }
        }
        if flat.contains(deciding) { return deciding }
        flat.remove(neutral)
        if flat.count > 1 {
            return make(flat.map { ($0, $0.text) }.sorted { ByteText.compare($0.1, $1.1) < 0 }.map(\.0))
        }
        return flat.first ?? neutral
    }

    private var text: String {
        switch self {
        case .all: "(all)"
        case .term(let term): term.text
        case .not(let inner): "(not \(inner.text))"
        case .and(let members): "(and \(members.map(\.text).joined(separator: " ")))"
        case .or(let members): "(or \(members.map(\.text).joined(separator: " ")))"
        }
    }
}

extension FilterTerm {
    fileprivate func normalized() -> FilterTerm {
        func sorted<Value: Hashable>(_ values: [Value], by text: (Value) -> String) -> [Value] {
            Set(values).map { ($0, text($0)) }.sorted { ByteText.compare($0.1, $1.1) < 0 }.map(\.0)
        }
        return switch self {
        case .text(let field, let patterns): .text(field, anyOf: sorted(patterns, by: \.canonical))
        case .chartVersion(let tests): .chartVersion(anyOf: sorted(tests, by: \.canonical))
        case .revision(let ranges): .revision(anyOf: sorted(ranges, by: \.canonical))
        case .chartPublic, .time, .stuck, .word: self
        }
    }

    fileprivate var text: String {
        switch self {
        case .text(let field, let patterns):
            "(text \(field.text.quoted) \(patterns.map(\.canonical.quoted).joined(separator: " ")))"
        case .chartVersion(let tests): "(chart_version \(tests.map(\.canonical).joined(separator: " ")))"
        case .revision(let ranges): "(version \(ranges.map(\.canonical).joined(separator: " ")))"
        case .chartPublic(let value): "(chart_public \(value))"
        case .time(let field, let comparison, .instant(let instant)):
            "(time \(field.rawValue) \(comparison.rawValue) \(instant.rfc3339))"
        case .time(let field, let comparison, .age(let age)):
            "(age \(field.rawValue) \(comparison.rawValue) \(age.text))"
        case .stuck(let duration): "(stuck \(duration.text))"
        case .word(let word): "(word \(word.quoted))"
        }
    }
}

extension VersionTest {
    fileprivate var canonical: String {
        switch self {
        case .pattern(let pattern): pattern.canonical.quoted
        case .range(let range): "(range \(range.canonical))"
        }
    }
}

extension RevisionRange {
    fileprivate var canonical: String { lower > upper ? "(empty)" : "\(lower)...\(upper)" }
}
