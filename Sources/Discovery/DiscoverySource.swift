import CCE
import ReleaseModel
import Timing

/// What one source has found so far: one kind of cluster in one project. Plain data.
struct DiscoverySource: Sendable {
    let config: DiscoveryConfig
    let project: FoundProject
    let kind: Cluster.Kind
    /// Those that the configuration lets in.
    private(set) var clusters: [ClusterID: Cluster] = [:]
    private(set) var rounds = Rounds()
    /// All of them, as they were in the last list that had them.
    private var listed: [ClusterID: ListedCluster] = [:]
    private var presence = Presence<ClusterID>()
    /// Items of the last list that could not be read.
    private var unreadable = 0

    init(config: DiscoveryConfig, project: FoundProject, kind: Cluster.Kind) {
        self.config = config
        self.project = project
        self.kind = kind
    }

    /// After a reload: knows what the one that asked the same has found, so that no cluster goes because we looked
    /// away. Labels, and who is let in, are the new ones.
    init(config: DiscoveryConfig, project: FoundProject, kind: Cluster.Kind, continuing known: [DiscoverySource]) {
        self.init(config: config, project: project, kind: kind)
        let before = known.first {
            $0.kind == kind && $0.project.identity == project.identity && $0.config.credential == config.credential
        }
        guard let before else { return }
        listed = before.listed
        presence = before.presence
        rounds = before.rounds
        unreadable = before.unreadable
        takeIn()
    }

    /// A list came. A cluster goes when two lists in a row are without it, and at once when it is listed as one that the
    /// configuration leaves out.
    mutating func succeed(_ answer: ListedClusters, at now: Instant) {
        var found: [ClusterID: ListedCluster] = [:]
        for cluster in answer.clusters where found[cluster.id] == nil { found[cluster.id] = cluster }
        for id in presence.stay(listed.keys, listed: Set(found.keys), isWhole: answer.dropped == 0) {
            found[id] = listed[id]
        }
        listed = found
        unreadable = answer.dropped
        rounds.succeed(at: now)
        takeIn()
    }

    /// A round failed: what was found stays.
    mutating func fail(_ failure: CallFailure, at now: Instant) { rounds.fail(failure, at: now) }

    private mutating func takeIn() {
        let isLimited = !config.include.isEmpty || !config.exclude.isEmpty
        clusters = listed.compactMapValues { cluster in
            guard !isLimited || (config.include.isMet(by: cluster) && !config.exclude.isTouched(by: cluster)) else {
                return nil
            }
            var labels = config.labels
            for (key, value) in cluster.tags { labels["tag.\(key)"] = labels["tag.\(key)"] ?? value }
            return Cluster(
                id: cluster.id, name: cluster.alias ?? cluster.name, region: project.region, projectID: project.id,
                kind: kind, labels: labels, credential: config.credential, skip: cluster.skip)
        }
    }

    /// What is not known of its clusters; nil when the last round has brought all.
    var gap: DiscoveryGap? {
        // What a list has hidden a failure does not bring to light.
        guard let flaw = unreadable > 0 ? .unreadable(unreadable) : rounds.flaw else { return nil }
        return DiscoveryGap(
            region: project.region, kind: kind, credential: config.credential, projectID: project.id,
            labels: config.labels, flaw: flaw, lastSuccess: rounds.lastSuccess)
    }

    var state: DiscoverySourceState {
        DiscoverySourceState(
            region: project.region, project: project, kind: kind, credential: config.credential, found: clusters.count,
            rounds: rounds)
    }
}

/// How one source stands, for operators: of clusters, or of the projects that they are looked for in.
package struct DiscoverySourceState: Sendable, Equatable {
    /// `all` where projects of all regions are looked up.
    package let region: String
    /// Nil: it is the look-up of projects.
    package let project: FoundProject?
    package let kind: Cluster.Kind?
    package let credential: String
    /// Clusters let in, or projects.
    package let found: Int
    package let lastSuccess: Instant?
    /// Of the last round, when it failed.
    package let lastFailureAt: Instant?
    package let lastFailure: CallFailure?

    init(
        region: String, project: FoundProject?, kind: Cluster.Kind?, credential: String, found: Int, rounds: Rounds
    ) {
        self.region = region
        self.project = project
        self.kind = kind
        self.credential = credential
        self.found = found
        lastSuccess = rounds.lastSuccess
        lastFailureAt = rounds.lastFailure?.at
        lastFailure = rounds.lastFailure?.failure
    }
    /// What it asks for: `cce`, `autopilot` or `projects`.
    package var asksFor: String { kind?.rawValue ?? "projects" }
    package var hasBeenTried: Bool { lastSuccess != nil || lastFailure != nil }
}
