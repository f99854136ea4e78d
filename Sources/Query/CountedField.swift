import Columns
import ReleaseModel

/// What releases can be counted by: facets, groups of a summary, and the values of a field.
package enum CountedField: Hashable, Sendable {
    case clusterID, clusterName, region, projectID
    case label(String)
    case namespace, name, version, chartName, chartVersion, chartPublic, status

    /// As `QueryField` names it, and a label by its key.
    package var text: String {
        switch self {
        case .clusterID: "cluster_id"
        case .clusterName: "cluster_name"
        case .region: "region"
        case .projectID: "project_id"
        case .label(let key): "label.\(key)"
        case .namespace: "namespace"
        case .name: "name"
        case .version: "version"
        case .chartName: "chart_name"
        case .chartVersion: "chart_version"
        case .chartPublic: "chart_public"
        case .status: "status"
        }
    }

    /// All rows of a cluster share its value.
    var isOfCluster: Bool {
        switch self {
        case .clusterID, .clusterName, .region, .projectID, .label: true
        case .namespace, .name, .version, .chartName, .chartVersion, .chartPublic, .status: false
        }
    }
    /// Nil too for what is not about clusters.
    func value(of cluster: Cluster) -> String? {
        switch self {
        case .clusterID: cluster.id.text
        case .clusterName: cluster.name
        case .region: cluster.region
        case .projectID: cluster.projectID
        case .label(let key): cluster.label(key)
        case .namespace, .name, .version, .chartName, .chartVersion, .chartPublic, .status: nil
        }
    }
}

/// One value of a counted field. Text is compared by its bytes.
package enum FieldValue: Sendable {
    case null
    case text(String)
    case integer(Int64)
    case boolean(Bool)
}

extension FieldValue: Hashable {
    package static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.text(let one), .text(let other)): ByteText.compare(one, other) == 0
        case (.integer(let one), .integer(let other)): one == other
        case (.boolean(let one), .boolean(let other)): one == other
        default: false
        }
    }
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        // Texts with the same bytes have the same hash; `String` gives some that differ the same one too.
        case .text(let text): hasher.combine(text)
        case .integer(let number): hasher.combine(number)
        case .boolean(let value): hasher.combine(value)
        }
    }
}

extension FieldValue: Comparable {
    /// Nulls last. Values of one field are of one kind.
    package static func < (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.text(let one), .text(let other)): ByteText.compare(one, other) < 0
        case (.integer(let one), .integer(let other)): one < other
        case (.boolean(let one), .boolean(let other)): !one && other
        case (_, .null): left != .null
        default: false
        }
    }
}
