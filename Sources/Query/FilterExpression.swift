import Timing

/// Which releases: one syntax tree, whatever door the question came through. The parameters and `filter=` are sugar for
/// it.
///
/// Two values, not three: a term about a field that is null does not hold, and its negation does. So `chart_name=a` and
/// `chart_name=!a` share all rows between them.
package indirect enum FilterExpression: Hashable, Sendable {
    case all
    case term(FilterTerm)
    case not(FilterExpression)
    case and([FilterExpression])
    case or([FilterExpression])

    package static var none: FilterExpression { .not(.all) }

    /// Which rows it takes changes as time passes.
    package var hangsOnClock: Bool {
        switch self {
        case .all: false
        case .term(let term): term.hangsOnClock
        case .not(let inner): inner.hangsOnClock
        case .and(let members), .or(let members): members.contains(where: \.hangsOnClock)
        }
    }
}

/// One test of one row or of its cluster.
package enum FilterTerm: Hashable, Sendable {
    case text(TextField, anyOf: [TextPattern])
    /// By UTF-8 bytes, which is code point order; equality is a pattern's.
    case textOrder(TextField, Comparison, [UInt8])
    case chartVersion(anyOf: [VersionTest])
    case number(NumberField, anyOf: [NumberRange])
    case chartPublic(Bool)
    case time(TimeField, Comparison, Instant)
    /// Reckoned back from the clock of page 1.
    case age(TimeField, AgeComparison, Duration)
    /// `PENDING_*` or `DELETING`, and not updated for that long.
    case stuck(Duration)
    /// A folded word that is part of the name, namespace, chart, its version, the description or the cluster's name.
    case word(String)

    fileprivate var hangsOnClock: Bool {
        switch self {
        case .age, .stuck: true
        case .text, .textOrder, .chartVersion, .number, .chartPublic, .time, .word: false
        }
    }

    /// It says something of clusters, so it decides which are targeted.
    var isOfCluster: Bool {
        switch self {
        case .text(let field, _), .textOrder(let field, _, _): field.isOfCluster
        case .chartVersion, .number, .chartPublic, .time, .age, .stuck, .word: false
        }
    }
}

package enum TextField: Hashable, Sendable {
    /// Id or name.
    case cluster
    case clusterID, clusterName, region, projectID
    case label(String)
    case namespace, name, chartName, status, statusDescription, description

    /// It says something of clusters, so it decides which are targeted.
    package var isOfCluster: Bool {
        switch self {
        case .cluster, .clusterID, .clusterName, .region, .projectID, .label: true
        case .namespace, .name, .chartName, .status, .statusDescription, .description: false
        }
    }
    /// The parameter's name, and the field's in `filter=`.
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
        case .statusDescription: "status_description"
        case .description: "description"
        }
    }
}

package enum NumberField: String, Hashable, Sendable {
    /// The Helm revision.
    case version
    /// What `order_by=severity` compares; never null.
    case severity
}

package enum VersionTest: Hashable, Sendable {
    case pattern(TextPattern)
    case range(VersionRange)
}

package enum TimeField: String, Hashable, Sendable {
    case createAt = "create_at"
    case updateAt = "update_at"
}

/// Half-open windows, so that adjacent ones share no row and lose none.
package enum AgeComparison: String, Hashable, Sendable {
    /// Before the point in time.
    case older
    /// At it or after.
    case newer
}
