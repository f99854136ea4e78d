import ReleaseModel

/// One key of an order. Nulls come last in both directions.
package struct SortKey: Hashable, Sendable {
    package let field: SortField
    package let isDescending: Bool
    package init(_ field: SortField, isDescending: Bool = false) {
        self.field = field
        self.isDescending = isDescending
    }

    /// `cluster_name, namespace, name`
    package static let standard = [SortKey(.clusterName), SortKey(.namespace), SortKey(.name)]

    /// The keys with the identity appended as far as it is not among them: no two rows are equal under these.
    static func total(_ keys: [SortKey]) -> [SortKey] {
        var total: [SortKey] = []
        for key in keys + [SortKey(.clusterID), SortKey(.namespace), SortKey(.name)]
        where !total.contains(where: { $0.field == key.field }) {
            total.append(key)
        }
        return total
    }

    /// As `order_by` writes it.
    package var canonical: String { field.rawValue + (isDescending ? " desc" : "") }
}

/// What can be sorted by.
package enum SortField: String, Hashable, Sendable, CaseIterable {
    case clusterID = "cluster_id"
    case clusterName = "cluster_name"
    case region
    case projectID = "project_id"
    case namespace, name, version
    case chartName = "chart_name"
    case chartVersion = "chart_version"
    case chartPublic = "chart_public"
    case status, severity
    case createAt = "create_at"
    case updateAt = "update_at"

    var isOfCluster: Bool {
        switch self {
        case .clusterID, .clusterName, .region, .projectID: true
        case .namespace, .name, .version, .chartName, .chartVersion, .chartPublic, .status, .severity, .createAt,
            .updateAt:
            false
        }
    }
}

/// How bad a status is, from 0: what `order_by=severity` compares.
package enum Severity {
    /// A null status counts as unknown (4), so that `severity desc` does not hide it at the end.
    package static func of(status: String?) -> Int64 {
        switch status {
        case "DEPLOYED": 0
        case "DELETED": 1
        case "DELETING": 2
        case "FAILED": 5
        case let status?: isPending(status) ? 3 : 4
        case nil: 4
        }
    }
    static let range = NumberRange(lower: 0, upper: 5)
    static func isPending(_ status: String) -> Bool { status.utf8.starts(with: "PENDING_".utf8) }
}
