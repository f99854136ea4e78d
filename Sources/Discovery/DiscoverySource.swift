import CCE
import ReleaseModel
import Timing

/// What one source has found so far: one kind of cluster in one region. Plain data.
struct DiscoverySource: Sendable {
    let config: DiscoveryConfig
    let kind: Cluster.Kind
    private(set) var clusters: [ClusterID: Cluster] = [:]
    /// In the list before the last one, not in the last.
    private var missedOnce: Set<ClusterID> = []
    private(set) var lastSuccess: Instant?
    private(set) var lastFailure: (at: Instant, failure: CallFailure)?
    private(set) var failuresInRow = 0
    private var failingSince: Instant?
    /// Items of the last list that could not be read.
    private var unreadable = 0

    init(config: DiscoveryConfig, kind: Cluster.Kind) {
        self.config = config
        self.kind = kind
    }

    /// After a reload: knows what the one that asked the same has found, so that no cluster goes because we looked
    /// away. Labels are the new ones.
    init(config: DiscoveryConfig, kind: Cluster.Kind, continuing known: [DiscoverySource]) {
        self.init(config: config, kind: kind)
        let before = known.first { $0.kind == kind && $0.config.asksLike(config) }
        guard let before else { return }
        clusters = before.clusters.mapValues { cluster in
            var cluster = cluster
            cluster.labels = config.labels
            return cluster
        }
        missedOnce = before.missedOnce
        lastSuccess = before.lastSuccess
        lastFailure = before.lastFailure
        failuresInRow = before.failuresInRow
        failingSince = before.failingSince
        unreadable = before.unreadable
    }

    var hasTried: Bool { lastSuccess != nil || lastFailure != nil }

    /// A list came. A cluster goes when two lists in a row are without it: one may be a slip of the cloud's. While a
    /// list has items that could not be read none goes, for one of them may be it.
    mutating func succeed(_ listed: ListedClusters, projectID: String, at now: Instant) {
        var found: [ClusterID: Cluster] = [:]
        for cluster in listed.clusters where found[cluster.id] == nil {
            found[cluster.id] = Cluster(
                id: cluster.id, name: cluster.alias ?? cluster.name, region: config.region, projectID: projectID,
                kind: kind, labels: config.labels, credential: config.credential, skip: cluster.skip)
        }
        let missed = Set(clusters.keys).subtracting(found.keys)
        let gone = listed.dropped == 0 ? missed.intersection(missedOnce) : []
        for id in missed.subtracting(gone) { found[id] = clusters[id] }
        // One that was there again begins anew, also in a list that removes nothing.
        missedOnce = listed.dropped == 0 ? missed.subtracting(gone) : missedOnce.intersection(missed)
        clusters = found
        lastSuccess = now
        lastFailure = nil
        failuresInRow = 0
        failingSince = nil
        unreadable = listed.dropped
    }

    /// A round failed: what was found stays.
    mutating func fail(_ failure: CallFailure, at now: Instant) {
        lastFailure = (now, failure)
        failuresInRow += 1
        failingSince = failingSince ?? now
    }

    /// What is not known of its clusters; nil when the last round has brought all.
    var gap: DiscoveryGap? {
        let flaw: DiscoveryGap.Flaw
        // What a list has hidden a failure does not bring to light.
        if unreadable > 0 {
            flaw = .unreadable(unreadable)
        } else if let failingSince, let lastFailure {
            flaw = .failing(lastFailure.failure.reason, since: failingSince)
        } else if lastSuccess == nil {
            flaw = .pending
        } else {
            return nil
        }
        return DiscoveryGap(
            region: config.region, kind: kind, credential: config.credential, projectID: config.projectID,
            labels: config.labels, flaw: flaw, lastSuccess: lastSuccess)
    }

    var state: DiscoverySourceState {
        DiscoverySourceState(
            region: config.region, kind: kind, credential: config.credential, clusters: clusters.count,
            lastSuccess: lastSuccess, lastFailureAt: lastFailure?.at, lastFailure: lastFailure?.failure)
    }
}

/// How one source of clusters stands, for operators.
package struct DiscoverySourceState: Sendable, Equatable {
    package let region: String
    package let kind: Cluster.Kind
    package let credential: String
    package let clusters: Int
    package let lastSuccess: Instant?
    /// Of the last round, when it failed.
    package let lastFailureAt: Instant?
    package let lastFailure: CallFailure?
}
