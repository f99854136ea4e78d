import ReleaseModel
import Timing

/// The write arm as the read arm sees it. `Gateway` joins them.
package protocol ReleaseSource: Sendable {
    /// The newest snapshot; nil until discovery has its first list. Never blocks.
    var current: Snapshot? { get }

    /// `current` is there at once; false where it is to be cut down first, which is long work. Never blocks.
    var isReady: Bool { get }

    /// Sources of clusters of which not everything is known, for when there is no snapshot to say so. Never blocks.
    var gaps: [DiscoveryGap] { get }

    /// False while there is no memory to spare for answers that clusters would be asked for. Never blocks.
    var takesLiveReads: Bool { get }

    /// What slows down calls to each of these clusters, in their order; nil: nothing does. Never blocks.
    func throttling(of clusters: [Cluster]) -> [Throttling?]

    /// The cloud's clock minus ours, as the answers of the cluster's endpoint say; nil before the first. Never blocks.
    func clockOffset(of cluster: Cluster) -> Duration?

    /// Brings the named clusters to within `maxAge`, asking only those that are not, and returns when each is settled
    /// (a newer answer or a failure came) or `deadline` (by `TimeSource.uptime`) has passed, whichever is first; also
    /// when the task is cancelled. N callers cause one call per cluster.
    func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async

    /// Like `refresh`, without waiting: the clusters' calls are queued and show as `pending`.
    func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration)

    /// The snapshot of a fan-out with `chart_id`, held to `maxAge` like `refresh`; throws when 8 ids are held or
    /// another such fan-out runs.
    func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartFanOutBusy) -> Snapshot

    /// One release asked live, masked as `inventory.values` says; for what is not held.
    func liveRelease(
        cluster: ClusterID, namespace: String, name: String, deadline: Duration
    ) async -> LiveRelease
}

extension ReleaseSource {
    package var isReady: Bool { true }
    package var takesLiveReads: Bool { true }

    /// To be asked before clusters are for a reader: what is held is answered all the same.
    func admitLiveRead() throws(APIProblem) {
        guard !takesLiveReads else { return }
        var problem = APIProblem(
            .overloaded, "memory is short: ask for what is held, without max_age, wait and chart_id")
        problem.retryAfterSeconds = 5
        throw problem
    }

    package func clockOffset(of cluster: Cluster) -> Duration? { nil }

    /// The snapshot, and where in it the cluster of that id stands.
    func knownCluster(_ text: String) throws(APIProblem) -> (snapshot: Snapshot, entry: Int) {
        let snapshot = try current.knowingClusters(self)
        // What cannot be an id is none, whatever is not known.
        guard let id = ClusterID(text) else { throw APIProblem(.clusterNotFound, "no cluster has such an id") }
        guard let entry = snapshot.index(of: id) else {
            throw APIProblem(unknownClusters: "no cluster of that id is known", gaps: snapshot.gaps)
        }
        return (snapshot, entry)
    }
}

package struct ChartFanOutBusy: Error, Equatable { package init() {} }

package enum LiveRelease: Sendable {
    case found(Release)
    case notFound
    case failed(Reason)
}
