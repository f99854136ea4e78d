import ReleaseModel
import Settings

/// One cluster named by the configuration: an element of `clusters:`.
package struct ClusterConfig: Sendable, Equatable {
    /// The cluster's id in the cloud, `metadata.uid`.
    package var id: ClusterID
    /// Nil: the discovered one, else the id.
    package var name: String?
    /// Of the built-in table or of `regions`.
    package var region: String
    /// Nil: the discovered one, if any.
    package var projectID: String?
    /// The name of one of `credentials`.
    package var credential: String
    /// Nil: the discovered one, else `cce`.
    package var kind: Cluster.Kind?
    /// Added to those of discovery; of one key this value counts.
    package var labels: [String: String]

    package init(
        id: ClusterID, name: String? = nil, region: String, projectID: String? = nil, credential: String,
        kind: Cluster.Kind? = nil, labels: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.region = region
        self.projectID = projectID
        self.credential = credential
        self.kind = kind
        self.labels = labels
    }

    /// Nil after reporting what is missing.
    package init?(reading section: Section) {
        let text = section.requiredString("id")
        let id = text.flatMap(ClusterID.init)
        if text != nil, id == nil { section.report("must be 1 to 64 letters, digits, -, _ or .", at: "id") }
        let name = section.string("name")
        if let name, name.isEmpty { section.report("must not be empty", at: "name") }
        let region = section.requiredString("region")
        let credential = section.requiredString("credential")
        let projectID = section.string("projectId")
        if let projectID, projectID.isEmpty { section.report("must not be empty", at: "projectId") }
        let kind = section.isPresent("kind") ? section.choice("kind", default: Cluster.Kind.cce) : nil
        let labels = section.map("labels")
        guard let id, let region, let credential else { return nil }
        self.init(
            id: id, name: name, region: region, projectID: projectID, credential: credential, kind: kind,
            labels: labels)
    }

    /// All of `clusters:`. An id given twice is a problem of its second place.
    package static func all(reading root: Section) -> [ClusterConfig] {
        var seen: Set<ClusterID> = []
        var all: [ClusterConfig] = []
        for section in root.sections("clusters") {
            guard let cluster = ClusterConfig(reading: section) else { continue }
            guard seen.insert(cluster.id).inserted else {
                section.report("is already in the list: \(cluster.id)", at: "id")
                continue
            }
            all.append(cluster)
        }
        return all
    }
}
