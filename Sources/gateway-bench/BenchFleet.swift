import ReleaseModel
import Timing

/// Releases of a fleet as a plain program would hold them beside the snapshot that holds the same: a fixed seed, the
/// same rows in every run.
struct BenchFleet {
    let snapshot: Snapshot
    /// In the order of the default page.
    let namespaces: [UInt16]
    let statuses: [UInt8]
    let updated: [Int64]

    static let namespaceNames = (0..<200).map { "team-\($0 * 37 % 1000)-services" }
    static let statusNames = ["DEPLOYED", "FAILED", "PENDING_UPGRADE", "PENDING_INSTALL", "DELETING"]
    private static let charts = (0..<60).map { "application-\($0)" }

    /// Clusters are named so that their order by name and by id is one.
    init(clusters: Int, releases: Int) {
        var random = BenchRandom(state: 0x5EED)
        var entries: [ClusterEntry] = []
        var (namespaces, statuses, updated) = ([UInt16](), [UInt8](), [Int64]())
        for number in 0..<clusters {
            let digits = String(1_000_000 + number)
            guard let id = ClusterID("\(digits)-5dc7-11ee-bf71-0255ac100b03") else { continue }
            // Each cluster has a quarter of the namespaces.
            let first = random.below(Self.namespaceNames.count)
            var rows: [Release] = []
            for row in 0..<releases {
                let namespace = (first + random.below(Self.namespaceNames.count / 4)) % Self.namespaceNames.count
                let status = random.below(100) < 93 ? 0 : 1 + random.below(4)
                let age = Int64(random.below(400 * 86_400))
                rows.append(
                    Release(
                        namespace: Self.namespaceNames[namespace], name: "release-\(row)-\(random.below(10_000))",
                        version: Int64(1 + random.below(40)), chartName: Self.charts[random.below(60)],
                        chartVersion: "\(random.below(4)).\(random.below(9)).\(random.below(5))", chartPublic: false,
                        status: Self.statusNames[status], statusDescription: "Upgrade complete",
                        description: "Upgrade complete", createAt: Instant(seconds: 1_700_000_000 - age),
                        updateAt: Instant(seconds: 1_790_000_000 - age)))
            }
            rows.sort { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
            for row in rows {
                namespaces.append(UInt16(Self.namespaceNames.firstIndex(of: row.namespace) ?? 0))
                statuses.append(UInt8(Self.statusNames.firstIndex { $0 == row.status } ?? 0))
                updated.append(row.updateAt?.seconds ?? 0)
            }
            let part = ClusterPart(
                rows: rows, rowHashes: rows.map { _ in random.next() }, contentHash: .zero, dropped: 0, repaired: 0)
            let cluster = Cluster(
                id: id, name: "cluster-\(digits)", region: "cn-north-4", projectID: "0f", labels: ["env": "prod"],
                credential: "bench")
            entries.append(ClusterEntry(cluster: cluster, part: part, standing: Standing(), contentHash: .zero))
        }
        snapshot = Snapshot(entries: entries, id: .zero)
        (self.namespaces, self.statuses, self.updated) = (namespaces, statuses, updated)
    }
}

/// SplitMix64.
struct BenchRandom {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Rounds in which two programs take turns, so that what else the machine does meets both.
enum Paired {
    /// The ratio of the first's time to the second's, round by round; each is the least of `tries` runs.
    static func rounds(
        _ count: Int, tries: Int = 5, _ first: () -> Void, against second: () -> Void
    ) -> Spread {
        func least(_ body: () -> Void) -> Double {
            (0..<tries).map { _ in ContinuousClock().measure(body) / .seconds(1) }.min() ?? 0
        }
        first()
        second()
        return Spread((0..<count).map { _ in least(first) / least(second) })
    }
}
