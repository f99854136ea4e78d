/// One cluster as discovery knows it now. Everything but `id` may change from one round to the next.
package struct Cluster: Sendable, Equatable {
    /// The two families of the cloud's API; they differ in the path asked.
    package enum Kind: String, Sendable, CaseIterable { case cce, autopilot }

    package let id: ClusterID
    package var name: String
    package var region: String
    /// Sent as `X-Project-Id`; nil when neither configured nor looked up.
    package var projectID: String?
    package var kind: Kind
    package var labels: [String: String]
    /// The name of the credential in the configuration, never a key.
    package var credential: String
    /// Why no answer is expected of it: `hibernated`, `creating`, `deleting`, `disabled`. Nil: it is asked.
    package var skip: Reason?

    package init(
        id: ClusterID, name: String, region: String, projectID: String? = nil, kind: Kind = .cce,
        labels: [String: String] = [:], credential: String, skip: Reason? = nil
    ) {
        self.id = id
        self.name = name
        self.region = region
        self.projectID = projectID
        self.kind = kind
        self.labels = labels
        self.credential = credential
        self.skip = skip
    }
}
