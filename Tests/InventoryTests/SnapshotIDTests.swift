import CCE
import GatewayTestKit
import JSON
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct SnapshotIDTests {
    private func hash(_ cluster: Cluster, _ names: [String]? = ["a"]) -> ContentHash {
        EntryHash.of(cluster, content: names.map { ClusterPart.scripted($0.map { row($0) }).contentHash })
    }

    @Test func `an entry's hash covers id, name, region, project, labels and rows, and nothing else`() {
        let base = cluster(0, labels: ["a": "1", "b": "2"])
        let same = cluster(0, credential: "other", skip: .hibernated, labels: ["b": "2", "a": "1"])
        #expect(hash(base) == hash(same))
        var other = base
        other.projectID = nil
        let different = [
            hash(cluster(1, labels: base.labels)), hash(cluster(0, name: "x", labels: base.labels)),
            hash(cluster(0, region: "r2", labels: base.labels)), hash(other), hash(cluster(0)),
            hash(cluster(0, labels: ["a": "12", "b": ""])), hash(cluster(0, labels: ["a1": "", "b": "2"])),
            hash(base, ["b"]), hash(base, []), hash(base, nil),
        ]
        #expect(Set(different + [hash(base)]).count == different.count + 1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the sum kept in step equals the sum made anew, in whatever order things came`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let now = Now(ManualTime())
        var table = ClusterTable(
            chartID: nil, serial: 0,
            records: clusters(20).enumerated().map { ClusterRecord($1, epoch: $0) }, now: now.uptime)
        var kept: [Snapshot] = []
        for step in 1...200 {
            let slot = Int.random(in: 0..<20, using: &random)
            table.change(slot) { record in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: record.rename(cluster(slot, name: "n\(Int.random(in: 0..<3, using: &random))"))
                case 1: record.fail(.notFound, startedAt: .seconds(step), now: now)
                default:
                    let part = ClusterPart.scripted([row("\(Int.random(in: 0..<3, using: &random))")])
                    let listed = ListedReleases(
                        content: .part(part), bodyHash: TextHash(low: 0, high: 0), sentAt: now.wall,
                        sentUptime: .seconds(step))
                    _ = record.succeed(listed, askedWith: nil, heavyByteCount: 0)
                }
            }
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            let snapshot = table.snapshot(now: now, gaps: [])
            let anew = snapshot.entries.reduce(ContentHash.zero) {
                $0 &+ EntryHash.of($1.cluster, content: $1.part?.contentHash)
            }
            #expect(snapshot.id == anew, "seed \(seed)")
            kept.append(snapshot)
        }
        // Later changes reach no snapshot that was handed out.
        for snapshot in kept {
            #expect(snapshot.id == snapshot.entries.reduce(ContentHash.zero) { $0 &+ $1.contentHash }, "seed \(seed)")
        }
    }

    @Test func `reading twice without a change gives the same snapshot, and a change of any record another one`() {
        var table = ClusterTable(
            chartID: nil, serial: 0,
            records: clusters(10).enumerated().map { ClusterRecord($1, epoch: $0) }, now: .zero)
        let now = Now(ManualTime())
        let first = table.snapshot(now: now, gaps: [])
        table.changeHidden(3) { $0.wasSpread = true }
        #expect(table.snapshot(now: now, gaps: []) === first)
        table.change(3) { $0.phase = .running(since: .zero) }
        let second = table.snapshot(now: now, gaps: [])
        #expect(second !== first)
        #expect(second.entries.map(\.standing.isPending) == (0..<10).map { $0 == 3 })
    }

    @Test func `what is not known of the fleet makes another snapshot of the same id`() {
        let now = Now(ManualTime())
        var table = ClusterTable(
            chartID: nil, serial: 0, records: clusters(2).enumerated().map { ClusterRecord($1, epoch: $0) },
            now: now.uptime)
        let gap = DiscoveryGap(region: "r", kind: .cce, credential: "prod", flaw: .pending)
        let before = table.snapshot(now: now, gaps: [gap])
        let after = table.snapshot(now: now, gaps: [])
        #expect(table.snapshot(now: now, gaps: []) === after)
        #expect(before !== after && before.id == after.id)
        #expect((before.gaps, after.gaps) == ([gap], []))
    }
}
