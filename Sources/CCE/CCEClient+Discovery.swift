import JSON
import Outbound
import ReleaseModel
import Timing

/// All clusters of one family in one project, as one answer told them.
package struct ListedClusters: Sendable, Equatable {
    package let clusters: [ListedCluster]
    /// Items without a usable id or name. They are clusters all the same: not to be taken for gone.
    package let dropped: Int
    package init(clusters: [ListedCluster], dropped: Int = 0) {
        self.clusters = clusters
        self.dropped = dropped
    }
}

/// A cluster as the cloud lists it.
package struct ListedCluster: Sendable, Equatable {
    package let id: ClusterID
    /// `metadata.name`, which consoles show as the name at creation.
    package let name: String
    /// What people renamed it to; nil when it is the same as the name.
    package let alias: String?
    package let kind: Cluster.Kind
    /// The cloud's word, `Available`; nil when there is none.
    package let phase: String?
    /// The cloud's own labels; those that are no text are left out.
    package let labels: [String: String]
    /// `spec.clusterTags`; those without a key are left out, one without a value has an empty one.
    package let tags: [String: String]
    package let createdAt: Instant?
    package let updatedAt: Instant?

    package init(
        id: ClusterID, name: String, alias: String? = nil, kind: Cluster.Kind = .cce, phase: String? = "Available",
        labels: [String: String] = [:], tags: [String: String] = [:], createdAt: Instant? = nil,
        updatedAt: Instant? = nil
    ) {
        self.id = id
        self.name = name
        self.alias = alias
        self.kind = kind
        self.phase = phase
        self.labels = labels
        self.tags = tags
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Why no answer is expected of it (design: details decided, Phases). Unknown phases are asked.
    package var skip: Reason? {
        switch phase {
        case "Hibernating", "Hibernation", "Awaking": .hibernated
        case "Creating": .creating
        case "Deleting": .deleting
        default: nil
        }
    }
}

/// A project as IAM lists it.
package struct ListedProject: Sendable, Equatable {
    package let id: String
    /// The region's for its main project, else the region's with `_` and more.
    package let name: String
    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// Whom a key belongs to.
package struct CloudAccount: Sendable, Equatable {
    package let id: String
    /// Empty where IAM gives none.
    package let name: String
}

extension CCEClient {
    /// All clusters of one family in a project, in the cloud's order.
    package func clusters(
        of projectID: String, kind: Cluster.Kind, in region: RegionConfig, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> ListedClusters {
        let prefix = kind == .autopilot ? ["autopilot", "v3"] : ["api", "v3"]
        guard let path = CloudCall.path(prefix + ["projects", projectID, "clusters"]) else {
            throw CallFailure(.rejected, detail: "not a project's id; nothing was sent")
        }
        let call = CloudCall(endpoint: region.cce, path: path, projectID: projectID, key: key, timeout: timeout)
        return try await caller.ask(.listClusters, call) { answer throws(CallFailure) in
            do throws(InvalidBody) {
                return try DiscoveryDecoder.clusters(from: answer.response.body.bytes, kind: kind)
            } catch {
                throw caller.invalid(answer, error)
            }
        }
    }

    /// All projects of the account that are in use, whatever region they are in, in the cloud's order.
    ///
    /// One call where IAM answers with all of them, as it does; where it says that there are more, page by page. A walk
    /// that does not come to an end is a failure, since a project that is not heard of would hide its clusters.
    package func projects(
        at iam: Endpoint, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> [ListedProject] {
        let whole = try await projects(at: iam, page: nil, key: key, timeout: timeout)
        guard whole.hasNext else { return whole.projects }
        var seen: Set<String> = []
        var projects: [ListedProject] = []
        for number in 1...Self.pageLimit {
            let page = try await self.projects(at: iam, page: number, key: key, timeout: timeout)
            projects += page.projects.filter { seen.insert($0.id).inserted }
            if page.itemCount < Self.projectsPerPage { return projects }
        }
        throw CallFailure(
            .unreadable, status: 200,
            detail: "more than \(Self.pageLimit) pages of \(Self.projectsPerPage) projects")
    }
    /// IAM gives up to 5,000 (cce-api §4.1).
    private static let projectsPerPage = 1000
    private static let pageLimit = 20

    private func projects(
        at iam: Endpoint, page: Int?, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> DiscoveryDecoder.ProjectPage {
        let query = page.map { [("page", "\($0)"), ("per_page", "\(Self.projectsPerPage)")] } ?? []
        let call = CloudCall(endpoint: iam, path: "/v3/projects", query: query, key: key, timeout: timeout)
        return try await caller.ask(.findProject, call) { answer throws(CallFailure) in
            do throws(InvalidBody) {
                return try DiscoveryDecoder.projects(from: answer.response.body.bytes)
            } catch {
                throw caller.invalid(answer, error)
            }
        }
    }

    /// The account that a key belongs to; nil where IAM names none.
    package func account(
        at iam: Endpoint, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> CloudAccount? {
        let call = CloudCall(endpoint: iam, path: "/v3/auth/domains", key: key, timeout: timeout)
        return try await caller.ask(.findAccount, call) { answer throws(CallFailure) in
            do throws(InvalidBody) {
                return try DiscoveryDecoder.account(from: answer.response.body.bytes)
            } catch {
                throw caller.invalid(answer, error)
            }
        }
    }

    /// The id of the region's main project, which is named as the region is. Asked of IAM, without a project.
    ///
    /// None, or more than one, is `rejected`: the configuration has to name the project then.
    package func project(
        of region: RegionConfig, key: AdmittedKey, timeout: Duration
    ) async throws(CallFailure) -> String {
        let call = CloudCall(
            endpoint: region.iam, path: "/v3/projects", query: [("name", region.id)], key: key, timeout: timeout)
        return try await caller.ask(.findProject, call) { answer throws(CallFailure) in
            let projects: [String]
            do throws(InvalidBody) {
                projects = try DiscoveryDecoder.projects(named: region.id, from: answer.response.body.bytes)
            } catch {
                throw caller.invalid(answer, error)
            }
            guard let project = projects.first, projects.count == 1 else {
                let found = projects.isEmpty ? "no project" : "\(projects.count) projects"
                let ids = projects.isEmpty ? "" : " (\(projects.prefix(8).joined(separator: ", ")))"
                throw CallFailure(
                    .rejected, status: 200, upstreamRequestID: answer.requestID,
                    detail: "\(found) named \(region.id)\(ids): name its projectId in the configuration",
                    clockOffset: answer.clockOffset)
            }
            return project
        }
    }
}
