/// The parameters of `GET /releases`; `label.<key>` stands beside them.
package enum ListParameter: String, Sendable, CaseIterable {
    case cluster
    case clusterID = "cluster_id"
    case clusterName = "cluster_name"
    case region
    case projectID = "project_id"
    case namespace, name
    case chartName = "chart_name"
    case chartPublic = "chart_public"
    case chartID = "chart_id"
    case chartVersion = "chart_version"
    case status, version
    case updatedAfter = "updated_after"
    case updatedBefore = "updated_before"
    case createdAfter = "created_after"
    case createdBefore = "created_before"
    case stuckFor = "stuck_for"
    case q, filter
    case orderBy = "order_by"
    case pageSize = "page_size"
    case pageToken = "page_token"
    case view, fields, facets
    case maxAge = "max_age"
    case wait
    case onMissing = "on_missing"
    case require, coverage, explain, format

    /// Those that say in which order and with which members rows are answered: of no meaning where rows are counted.
    package static let ofRows: Set<ListParameter> = [.orderBy, .view, .fields, .facets, .explain, .format]

    /// Given more than once, all of its values must hold; the others may be given once.
    var isRepeatable: Bool {
        switch self {
        case .cluster, .clusterID, .clusterName, .region, .projectID, .namespace, .name, .chartName, .chartPublic,
            .chartVersion, .status, .version, .q:
            true
        case .chartID, .updatedAfter, .updatedBefore, .createdAfter, .createdBefore, .stuckFor, .filter, .orderBy,
            .pageSize, .pageToken, .view, .fields, .facets, .maxAge, .wait, .onMissing, .require, .coverage, .explain,
            .format:
            false
        }
    }
}
