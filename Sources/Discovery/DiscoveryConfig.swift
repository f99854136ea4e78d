import ReleaseModel
import Settings

/// Where clusters are found by asking the cloud: an element of `discovery:`.
package struct DiscoveryConfig: Sendable, Equatable {
    package enum Projects: String, Sendable, CaseIterable { case main, all }

    /// Of the built-in table or of `regions`; `all`: each in which the account has projects.
    package var region: String
    /// The name of one of `credentials`.
    package var credential: String
    /// The one project to ask. Nil: they are looked up through IAM.
    package var projectID: String?
    /// Which projects of the region are asked: the `main` one, named as the region is and looked up once, or `all` of
    /// them, looked up with each round.
    package var projects = Projects.main
    /// Between two lists. Clusters come and go seldom, and the list has a quota of its own.
    package var interval: Duration = .seconds(300)
    /// Which of the cloud's two families of clusters are asked for.
    package var kinds: [Cluster.Kind] = Cluster.Kind.allCases
    /// Given to every cluster found here. Its tags are labels too, with `tag.` before their keys; of one key this value
    /// counts.
    package var labels: [String: String] = [:]
    /// Only clusters are taken that meet all of this.
    package var include = ClusterSelector()
    /// Clusters are left out that meet any of this.
    package var exclude = ClusterSelector()

    /// What `region` says for all regions.
    package static let everywhere = "all"

    package init(region: String, credential: String, projectID: String? = nil) {
        self.region = region
        self.credential = credential
        self.projectID = projectID
    }

    /// Nil: all regions.
    package var regionID: String? { region == Self.everywhere ? nil : region }

    /// The same question for projects.
    func looksUpLike(_ other: DiscoveryConfig) -> Bool {
        region == other.region && credential == other.credential && projectID == other.projectID
            && projects == other.projects
    }

    /// Whether clusters of that region are asked for.
    func asks(of region: String) -> Bool {
        (include.regions.isEmpty || include.names(region: region)) && !exclude.names(region: region)
    }

    /// Nil after reporting what is missing.
    package init?(reading section: Section) {
        let region = section.requiredString("region")
        let credential = section.requiredString("credential")
        let projectID = section.string("projectId")
        if let projectID, projectID.isEmpty { section.report("must not be empty", at: "projectId") }
        let projects = section.choice("projects", default: Projects.main)
        if projectID != nil, projects == .all || region == Self.everywhere {
            section.report(
                projects == .all
                    ? "does not go with projects: all" : "is in one region, and region: all means several",
                at: "projectId")
        }
        let interval = section.duration("interval", default: .seconds(300), in: .seconds(10)...(.seconds(86_400)))
        let labels = section.map("labels")
        let kinds = section.choices("kinds", default: Cluster.Kind.allCases)
        if kinds.isEmpty, section.strings("kinds").isEmpty {
            section.report("must name at least one kind", at: "kinds")
        }
        if Set(kinds).count < kinds.count { section.report("must name each kind once", at: "kinds") }
        let include = ClusterSelector(reading: section.section("include"))
        let exclude = ClusterSelector(reading: section.section("exclude"))
        for (key, selector) in [("include", include), ("exclude", exclude)]
        where !selector.regions.isEmpty && region != Self.everywhere {
            section.section(key).report("goes with region: all", at: "regions")
        }
        guard let region, let credential else { return nil }
        self.init(region: region, credential: credential, projectID: projectID)
        self.projects = projects
        self.interval = interval
        self.labels = labels
        self.kinds = kinds
        self.include = include
        self.exclude = exclude
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
