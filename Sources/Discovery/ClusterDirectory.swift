import CCE
import ReleaseModel

/// One cluster as the cloud's cluster list shows it.
package struct ListedCluster: Sendable, Equatable {
    package var id: ClusterID
    package var name: String
    /// The cloud's word: `Available`, `Hibernation`, … An open set.
    package var phase: String

    package init(id: ClusterID, name: String, phase: String) {
        self.id = id
        self.name = name
        self.phase = phase
    }
}

/// The cloud's own list of clusters, and the project it is asked by.
package protocol ClusterDirectory: Sendable {
    /// All clusters of one kind in a project. One attempt.
    func clusters(
        region: String, projectID: String, kind: Cluster.Kind, credential: String, timeout: Duration
    ) async throws(CallFailure) -> [ListedCluster]

    /// The id of the region's main project, from IAM. One attempt.
    func projectID(region: String, credential: String, timeout: Duration) async throws(CallFailure) -> String
}

extension Reason {
    /// Why no answer is expected of a cluster in that phase; nil: it is asked (design: details decided).
    init?(phase: String) {
        switch phase {
        case "Hibernating", "Hibernation", "Awaking": self = .hibernated
        case "Creating": self = .creating
        case "Deleting": self = .deleting
        default: return nil
        }
    }
}
