import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@Suite struct ClusterPartTests {
    private func part(_ rows: [Release]) -> ClusterPart {
        ClusterPart(
            rows: rows, rowHashes: rows.map { _ in 1 }, contentHash: .zero, dropped: 0, repaired: 0)
    }
    private let rows = [
        Release(namespace: "a", name: "a"),
        Release(
            namespace: "a", name: "b", version: .max, chartName: "", chartVersion: "1.0.0", chartPublic: true,
            status: "DEPLOYED", statusDescription: "é", description: "🛶", createAt: Instant(seconds: 0),
            updateAt: Instant(seconds: -1, nanoseconds: 7),
            heavy: HeavyFields(
                values: .held(compressed: [1, 2, 3]), parameters: .held(compressed: []), resources: .withheld)),
        Release(
            namespace: "b", name: "", version: .min, chartPublic: false, createAt: Instant(seconds: .min),
            updateAt: Instant(seconds: .max, nanoseconds: 999_999_999)),
    ]

    @Test func `rows come out of the columns as they went in`() {
        #expect(part(rows).rows.map(\.release) == rows)
        #expect(part([]).rows.isEmpty)
        for seed in 0..<20 as Range<UInt64> {
            for entry in CannedFleet(seed: seed, clusters: 2, releases: 0...40, longTexts: true).snapshot.entries {
                let rows = entry.part?.rows.map(\.release) ?? []
                #expect(part(rows).rows.map(\.release) == rows, "seed \(seed)")
            }
        }
    }
    @Test func `a builder takes rows of another part, in any order and without some`() {
        let whole = part(rows)
        var builder = ClusterPartBuilder(capacity: 3)
        for row in [2, 0, 1] { builder.append(whole, whole.heavy, row: row) }
        let other = ClusterPart(
            builder, order: [1, 2], rowHashes: [1, 1], contentHash: .zero, dropped: 0, repaired: 0)
        #expect(other.rows.map(\.release) == [rows[0], rows[1]])
        #expect(Array(other.rendered[1]) == Array(whole.rendered[1]))
    }
    @Test func `shedding withholds what was held, but for texts that hold nothing`() {
        let whole = part(rows)
        let light = ClusterPart(withoutHeavyFieldsOf: whole)
        #expect(light.rows[1].heavy.values == .withheld && light.rows[1].heavy.resources == .withheld)
        #expect(light.rows[1].heavy.parameters == .held(compressed: []))
        #expect(light.rows[0].heavy == HeavyFields())
        #expect(light.byteCount < whole.byteCount && light.heavy.frameByteCount == 0)
        #expect(light.rendered.bytes == whole.rendered.bytes)
    }
}
