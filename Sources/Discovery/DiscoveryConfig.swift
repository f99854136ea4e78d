import ReleaseModel
import Settings

/// One region whose clusters are found by asking the cloud: an element of `discovery:`.
package struct DiscoveryConfig: Sendable, Equatable {
    /// Of the built-in table or of `regions`.
    package var region: String
    /// The name of one of `credentials`.
    package var credential: String
    /// Nil: looked up once through IAM.
    package var projectID: String?
    /// Between two lists. Clusters come and go seldom, and the list has a quota of its own.
    package var interval: Duration = .seconds(300)
    /// Which of the cloud's two families of clusters are asked for.
    package var kinds: [Cluster.Kind] = Cluster.Kind.allCases
    /// Given to every cluster found here.
    package var labels: [String: String] = [:]

    package init(region: String, credential: String, projectID: String? = nil) {
        self.region = region
        self.credential = credential
        self.projectID = projectID
    }

    /// The same question of the same cloud: region, credential and project.
    func asksLike(_ other: DiscoveryConfig) -> Bool {
        region == other.region && credential == other.credential && projectID == other.projectID
    }

    /// Nil after reporting what is missing.
    package init?(reading section: Section) {
        let region = section.requiredString("region")
        let credential = section.requiredString("credential")
        let projectID = section.string("projectId")
        if let projectID, projectID.isEmpty { section.report("must not be empty", at: "projectId") }
        let interval = section.duration("interval", default: .seconds(300), in: .seconds(10)...(.seconds(86_400)))
        let labels = section.map("labels")
        let kinds = section.choices("kinds", default: Cluster.Kind.allCases)
        if kinds.isEmpty, section.strings("kinds").isEmpty {
            section.report("must name at least one kind", at: "kinds")
        }
        if Set(kinds).count < kinds.count { section.report("must name each kind once", at: "kinds") }
        guard let region, let credential else { return nil }
        self.init(region: region, credential: credential, projectID: projectID)
        self.interval = interval
        self.labels = labels
        self.kinds = kinds
    }

    /// All of `discovery:`. A region asked twice with the same credential and project is a problem.
    package static func all(reading root: Section) -> [DiscoveryConfig] {
        var seen: Set<[String?]> = []
        var all: [DiscoveryConfig] = []
        for section in root.sections("discovery") {
            guard let source = DiscoveryConfig(reading: section) else { continue }
            guard seen.insert([source.region, source.credential, source.projectID]).inserted else {
                section.report("is already in the list with this credential and project", at: "region")
                continue
            }
            all.append(source)
        }
        return all
    }
}
