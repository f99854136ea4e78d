import Query
import ReleaseModel

/// The write arm as a caller with a scope sees it: what is outside of the scope is not there. Whatever is counted, named,
/// hashed or timed from here on can only speak of the rest.
struct ScopedSource: ReleaseSource {
    let whole: any ReleaseSource
    let scope: CompiledScope
    let views: ScopedViews

    var current: Snapshot? { whole.current.map { views.view(of: $0) } }
    var gaps: [DiscoveryGap] { scope.gaps(in: Snapshot(entries: [], id: .zero, gaps: whole.gaps)) }
    var takesLiveReads: Bool { whole.takesLiveReads }

    /// `current` is there at once: nothing has changed since it was made.
    var isReady: Bool { whole.current.map { views.has($0) } ?? true }

    func throttling(of clusters: [Cluster]) -> [Throttling?] { whole.throttling(of: clusters) }
    func clockOffset(of cluster: Cluster) -> Duration? { whole.clockOffset(of: cluster) }

    func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async {
        let asked = askable(clusters)
        if asked.isEmpty { return }
        await whole.refresh(asked, maxAge: maxAge, askedAt: askedAt, deadline: deadline)
    }
    func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration) {
        let asked = askable(clusters)
        if !asked.isEmpty { whole.demand(asked, maxAge: maxAge, askedAt: askedAt) }
    }

    func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartFanOutBusy) -> Snapshot {
        let snapshot = try await whole.snapshot(
            chartID: chartID, clusters: askable(clusters), maxAge: maxAge, askedAt: askedAt, deadline: deadline)
        return ScopedViews(scope).view(of: snapshot)
    }

    /// What is outside is asked for as what does not exist is, so that the time taken tells nothing.
    func liveRelease(
        cluster: ClusterID, namespace: String, name: String, deadline: Duration
    ) async -> LiveRelease {
        guard let snapshot = current, let index = snapshot.index(of: cluster), scope.mayAsk(snapshot.entries[index])
        else { return .failed(.disabled) }
        let entry = snapshot.entries[index]
        let live = await whole.liveRelease(cluster: cluster, namespace: namespace, name: name, deadline: deadline)
        guard case .found(let release) = live else { return live }
        let part = ClusterPart(rows: [release], rowHashes: [0], contentHash: .zero, dropped: 0, repaired: 0)
        let found = ClusterEntry(
            cluster: entry.cluster, part: part, standing: entry.standing, contentHash: .zero)
        guard scope.shows(0, of: part, in: found) else { return .notFound }
        if scope.showsHeavyFields(of: 0, of: part, in: found) { return live }
        var light = release
        for field in HeavyFields.Name.allCases where light.heavy[field] != .absent { light.heavy[field] = .withheld }
        return .found(light)
    }

    private func askable(_ clusters: [ClusterID]) -> [ClusterID] {
        guard let snapshot = whole.current else { return [] }
        return clusters.filter { id in
            snapshot.index(of: id).map { scope.shows(snapshot.entries[$0]) && scope.mayAsk(snapshot.entries[$0]) }
                ?? false
        }
    }
}
