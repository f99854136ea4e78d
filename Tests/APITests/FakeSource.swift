import API
import Locking
import ReleaseModel
import Timing

/// The write arm, scripted.
final class FakeSource: ReleaseSource {
    struct Call: Equatable {
        let clusters: [ClusterID]
        let maxAge: Duration
        let deadline: Duration?
    }
    struct State {
        var snapshot: Snapshot?
        /// Before there is a snapshot.
        var gaps: [DiscoveryGap] = []
        var throttling: Throttling?
        var takesLiveReads = true
        var refreshes: [Call] = []
        var demands: [Call] = []
        var liveRequests = 0
        /// What a refresh or a demand brings.
        var afterRefresh: Snapshot?
        var afterDemand: Snapshot?
        var chart: Result<Snapshot, ChartFanOutBusy> = .failure(ChartFanOutBusy())
        var live = LiveRelease.failed(.timeout)
    }
    let state: Lock<State>

    init(_ snapshot: Snapshot?) { state = Lock(State(snapshot: snapshot)) }

    func serve(_ snapshot: Snapshot?) { state.withLock { $0.snapshot = snapshot } }
    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }
    var seen: State { state.withLock { $0 } }

    var current: Snapshot? { state.withLock { $0.snapshot } }
    var gaps: [DiscoveryGap] { state.withLock { $0.gaps } }
    var takesLiveReads: Bool { state.withLock { $0.takesLiveReads } }
    func throttling(of clusters: [Cluster]) -> [Throttling?] {
        state.withLock { state in clusters.map { _ in state.throttling } }
    }

    func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async {
        state.withLock { state in
            state.refreshes.append(Call(clusters: clusters, maxAge: maxAge, deadline: deadline))
            if let next = state.afterRefresh { state.snapshot = next }
        }
    }
    func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration) {
        state.withLock { state in
            state.demands.append(Call(clusters: clusters, maxAge: maxAge, deadline: nil))
            if let next = state.afterDemand { state.snapshot = next }
        }
    }
    func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartFanOutBusy) -> Snapshot {
        let chart = state.withLock { state in
            state.refreshes.append(Call(clusters: clusters, maxAge: maxAge, deadline: deadline))
            return state.chart
        }
        return try chart.get()
    }
    func liveRelease(
        cluster: ClusterID, namespace: String, name: String, deadline: Duration
    ) async -> LiveRelease {
        state.withLock { state in
            state.liveRequests += 1
            return state.live
        }
    }
}
