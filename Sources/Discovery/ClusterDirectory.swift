import CCE
import ReleaseModel

/// A project of an account, and the region that it is in.
package struct FoundProject: Sendable, Hashable {
    package let region: String
    package let id: String
    /// Nil: the configuration names its id alone.
    package let name: String?
    package init(region: String, id: String, name: String? = nil) {
        self.region = region
        self.id = id
        self.name = name
    }
}

/// The cloud's own lists of projects and of clusters. `CloudDirectory` is the real one.
package protocol ClusterDirectory: Sendable {
    /// Where the clusters of the region are listed, `https://host`.
    func clusterEndpoint(of region: String) throws(CallFailure) -> String
    /// Where its projects are; nil: those of all regions.
    func projectEndpoint(of region: String?) throws(CallFailure) -> String

    /// All clusters of one kind in a project. One attempt.
    func clusters(
        of project: FoundProject, kind: Cluster.Kind, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> ListedClusters

    /// The id of the region's main project, from IAM. One attempt.
    func mainProject(
        of region: String, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> FoundProject

    /// All projects in a region, or in all regions, those among them that have no known endpoint: at least one. One
    /// attempt.
    func projects(
        of region: String?, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> [FoundProject]
}

/// Asks CCE and IAM.
package struct CloudDirectory: ClusterDirectory {
    private let client: CCEClient
    private let regions: RegionTable

    package init(client: CCEClient, regions: RegionTable) {
        self.client = client
        self.regions = regions
    }

    package func clusterEndpoint(of region: String) throws(CallFailure) -> String {
        try config(of: region).cce.origin
    }
    package func projectEndpoint(of region: String?) throws(CallFailure) -> String { try iam(of: region).origin }

    package func clusters(
        of project: FoundProject, kind: Cluster.Kind, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> ListedClusters {
        try await client.clusters(
            of: project.id, kind: kind, in: try config(of: project.region), key: key, timeout: timeout)
    }
    package func mainProject(
        of region: String, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> FoundProject {
        let id = try await client.project(of: try config(of: region), key: key, timeout: timeout)
        return FoundProject(region: region, id: id, name: region)
    }
    package func projects(
        of region: String?, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> [FoundProject] {
        let listed = try await client.projects(at: try iam(of: region), key: key, timeout: timeout)
        // A project of a region that is in no table has no endpoint to be asked at, and fails by that, named; others,
        // such as the object storage's own, are in no region.
        let found = listed.compactMap { project in
            regions.region(ofProject: project.name).map {
                FoundProject(region: $0, id: project.id, name: project.name)
            }
        }.filter { region == nil || $0.region == region }
        guard !found.isEmpty else {
            throw CallFailure(
                .rejected, status: 200,
                detail: region.map { "no project named \($0), nor one whose name begins with \($0)_" }
                    ?? "none of \(listed.count) projects is called as regions are")
        }
        return found
    }

    private func config(of region: String) throws(CallFailure) -> RegionConfig {
        guard let config = regions[region] else {
            throw CallFailure(
                .rejected,
                detail: "no endpoint is known for the region: add it to regions, or leave it out by exclude.regions; "
                    + "nothing was sent")
        }
        return config
    }
    private func iam(of region: String?) throws(CallFailure) -> Endpoint {
        if let region { return try config(of: region).iam }
        guard let iam = regions.iamOfAllRegions else {
            throw CallFailure(
                .rejected, detail: "regions name several IAM endpoints: name each region; nothing was sent")
        }
        return iam
    }
}
