import Timing

/// What is not known of the clusters that one source finds: one kind of cluster in one region.
///
/// A snapshot has them because it cannot be judged without them: what it holds may be fresh to the last row, and still
/// be silent about clusters nobody has heard of.
package struct DiscoveryGap: Sendable, Hashable {
    package enum Flaw: Sendable, Hashable {
        /// No round has ended.
        case pending
        /// Every round since then has failed, the last for that reason.
        case failing(Reason, since: Instant)
        /// So many items of the last list could not be read.
        case unreadable(Int)
    }
    /// Nil: it may be any, since the projects of all regions are looked up.
    package var region: String?
    package var kind: Cluster.Kind
    /// The name of the credential in the configuration, never a key.
    package var credential: String
    /// Nil while it is looked up.
    package var projectID: String?
    /// Of every cluster found here; its tags are labels too, with `tag.` before their keys.
    package var labels: [String: String]
    package var flaw: Flaw
    /// When the last list came; nil: none ever did.
    package var lastSuccess: Instant?

    package init(
        region: String?, kind: Cluster.Kind, credential: String, projectID: String? = nil,
        labels: [String: String] = [:], flaw: Flaw, lastSuccess: Instant? = nil
    ) {
        self.region = region
        self.kind = kind
        self.credential = credential
        self.projectID = projectID
        self.labels = labels
        self.flaw = flaw
        self.lastSuccess = lastSuccess
    }

    /// Clusters may exist that no answer names. After a list has come, a failed round hides at most what has changed
    /// since: the clusters found stay, and are asked themselves.
    package var isBlind: Bool {
        if case .unreadable = flaw { true } else { lastSuccess == nil }
    }
}
