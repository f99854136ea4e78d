/// The members of a release in an answer, in the order in which they are written.
package enum ReleaseField: String, Sendable, CaseIterable {
    case clusterID = "cluster_id"
    case clusterName = "cluster_name"
    case region
    case projectID = "project_id"
    case labels
    case namespace, name, version
    case chartName = "chart_name"
    case chartVersion = "chart_version"
    case chartPublic = "chart_public"
    case status
    case statusDescription = "status_description"
    case createAt = "create_at"
    case updateAt = "update_at"
    case description, parameters, values, resources
    case stale
}
