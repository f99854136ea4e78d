import CCE
import ReleaseModel

/// The cloud's own list of clusters, and the project it is asked by. `CloudDirectory` is the real one.
package protocol ClusterDirectory: Sendable {
    /// All clusters of one kind in a project. One attempt.
    func clusters(
        region: String, projectID: String, kind: Cluster.Kind, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> ListedClusters

    /// The id of the region's main project, from IAM. One attempt.
    func projectID(region: String, key: AdmittedKey, timeout: Duration) async throws(CallFailure) -> String
}

/// Asks CCE and IAM.
package struct CloudDirectory: ClusterDirectory {
    private let client: CCEClient
    private let regions: RegionTable

    package init(client: CCEClient, regions: RegionTable) {
        self.client = client
        self.regions = regions
    }

    package func clusters(
        region: String, projectID: String, kind: Cluster.Kind, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> ListedClusters {
        try await client.clusters(
            of: projectID, kind: kind, in: try config(of: region), key: key, timeout: timeout)
    }
    package func projectID(
        region: String, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> String {
        try await client.project(of: try config(of: region), key: key, timeout: timeout)
    }

    private func config(of region: String) throws(CallFailure) -> RegionConfig {
        guard let config = regions[region] else {
            throw CallFailure(.rejected, detail: "no endpoint is known for the region; nothing was sent")
        }
        return config
    }
}
