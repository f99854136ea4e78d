import ReleaseModel
import Timing

/// The write arm as the read arm sees it. `Gateway` joins them.
package protocol ReleaseSource: Sendable {
    /// The newest snapshot; nil until discovery has its first list. Never blocks.
    var current: Snapshot? { get }

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

package struct ChartFanOutBusy: Error, Equatable { package init() {} }

package enum LiveRelease: Sendable {
    case found(Release)
    case notFound
    case failed(Reason)
}
