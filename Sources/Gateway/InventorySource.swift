import API
import CCE
import Inventory
import ReleaseModel

/// The write arm as the read arm wants to see it: the one place where both are known.
struct InventorySource: ReleaseSource {
    let inventory: Inventory
    let clocks: CloudClocks
    let regions: CurrentRegions
    let memory: MemoryGuard

    var current: Snapshot? { inventory.current }
    var gaps: [DiscoveryGap] { inventory.gaps }

    var takesLiveReads: Bool { memory.takesLiveReads }

    func throttling(of clusters: [Cluster]) -> [Throttling?] { inventory.throttling(of: clusters) }
    func clockOffset(of cluster: Cluster) -> Duration? {
        regions[cluster.region].flatMap { clocks.offset(of: $0.cce.origin) }
    }

    func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async {
        await inventory.refresh(clusters, maxAge: maxAge, askedAt: askedAt, deadline: deadline)
    }

    func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration) {
        inventory.demand(clusters, maxAge: maxAge, askedAt: askedAt)
    }

    func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartFanOutBusy) -> Snapshot {
        do throws(Inventory.ChartsBusy) {
            return try await inventory.snapshot(
                chartID: chartID, clusters: clusters, maxAge: maxAge, askedAt: askedAt, deadline: deadline)
        } catch {
            throw ChartFanOutBusy()
        }
    }

    func liveRelease(cluster: ClusterID, namespace: String, name: String, deadline: Duration) async -> LiveRelease {
        switch await inventory.liveRelease(cluster: cluster, namespace: namespace, name: name, deadline: deadline) {
        case .found(let release): .found(release)
        case .notFound: .notFound
        case .failed(let reason): .failed(reason)
        }
    }
}
