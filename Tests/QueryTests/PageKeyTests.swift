import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@Suite struct PageKeyTests {
    private let snapshot = CannedFleet(seed: 11, clusters: 4, releases: 10...10).snapshot

    private func selection(_ order: String) throws -> Selection {
        try ListRequest(parameters: [("order_by", order)]).selection
    }
    private func page(_ selection: Selection, after key: PageKey?, limit: Int = 7) -> PageResult {
        selection.page(
            of: snapshot, rowsFrom: Array(snapshot.entries.indices), now: CannedFleet.now, after: key, limit: limit)
    }

    @Test func `a key is accepted by the order it was made for, and no bytes beside it`() throws {
        let orders = [
            "name", "update_at desc,chart_version", "chart_public,version,project_id,status",
            "severity,create_at,region",
        ]
        for order in orders {
            let key = try #require(page(selection(order), after: nil).next)
            for other in orders { #expect(try selection(other).accepts(key) == (order == other)) }
            for count in key.bytes.indices {
                #expect(try !selection(order).accepts(PageKey(bytes: Array(key.bytes[..<count]))))
            }
            #expect(try !selection(order).accepts(PageKey(bytes: key.bytes + [0])))
            #expect(try !selection(order).accepts(PageKey(bytes: Array(repeating: 0, count: 601))))
        }
    }

    @Test func `any bytes are refused or taken for a boundary, never a crash`() throws {
        var generator = SeededGenerator(seed: 4)
        let orders = ["name", "update_at desc,chart_version", "chart_public,version,project_id,status"]
        var accepted = 0
        for _ in 0..<20_000 {
            let selection = try selection(generator.pick(orders))
            var bytes = page(selection, after: nil, limit: 3).next?.bytes ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes = Array(bytes.dropLast(Int.random(in: 0...3, using: &generator)))
                case 1: bytes.append(UInt8(truncatingIfNeeded: generator.next()))
                default:
                    if !bytes.isEmpty {
                        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8(
                            truncatingIfNeeded: generator.next())
                    }
                }
            }
            let key = PageKey(bytes: bytes)
            guard selection.accepts(key) else { continue }
            accepted += 1
            #expect(page(selection, after: key).rows.count <= 7)
        }
        #expect(accepted > 100)
    }

    @Test func `texts far beyond the limits still make keys of 600 bytes and pages without gap`() throws {
        for seed in 0..<40 as Range<UInt64> {
            let snapshot = CannedFleet(seed: seed, clusters: 3, releases: 12...12, longTexts: true).snapshot
            let all = Array(snapshot.entries.indices)
            for order in [
                "chart_name,name,namespace,chart_version", "chart_version desc,cluster_name desc", "cluster_name",
            ] {
                let selection = try selection(order)
                let whole = selection.page(
                    of: snapshot, rowsFrom: all, now: CannedFleet.now, after: nil, limit: 500)
                var found: [RowReference] = []
                var key: PageKey?
                repeat {
                    let page = selection.page(of: snapshot, rowsFrom: all, now: CannedFleet.now, after: key, limit: 1)
                    found += page.rows
                    key = page.next
                    #expect(key?.bytes.count ?? 0 <= PageKey.byteLimit)
                } while key != nil && found.count <= whole.totalSize
                #expect(found == whole.rows, "seed \(seed) \(order)")
            }
        }
    }

    @Test func `a cut boundary whose row is gone repeats rows rather than pass one over`() throws {
        let orders = [
            "chart_name,chart_version,name", "chart_name desc,name desc", "namespace desc", "chart_version desc",
        ]
        for seed in 0..<80 as Range<UInt64> {
            var fleet = CannedFleet(seed: seed, clusters: 3, releases: 12...12, longTexts: true)
            let selection = try selection(orders[Int(seed % 4)])
            let before = fleet.snapshot
            let all = Array(before.entries.indices)
            let page = selection.page(of: before, rowsFrom: all, now: CannedFleet.now, after: nil, limit: 9)
            let sorted = selection.page(of: before, rowsFrom: all, now: CannedFleet.now, after: nil, limit: 500).rows
            fleet.churn(percent: 10)
            let after = fleet.snapshot
            let rest = selection.page(of: after, rowsFrom: all, now: CannedFleet.now, after: page.next, limit: 500).rows
            let found = Set(rest.map { identity($0, after) })
            for row in sorted.dropFirst(9) {
                let unchanged = release(row, before)
                guard after.entries[row.entry].cluster.name == before.entries[row.entry].cluster.name,
                    after.entries[row.entry].part?.rows.contains(where: { $0.release == unchanged }) == true
                else { continue }
                #expect(found.contains(identity(row, before)), "seed \(seed)")
            }
        }
    }
    private func release(_ row: RowReference, _ snapshot: Snapshot) -> Release {
        snapshot.entries[row.entry].part?.release(at: row.row) ?? Release(namespace: "", name: "")
    }
    private func identity(_ row: RowReference, _ snapshot: Snapshot) -> [String] {
        let release = release(row, snapshot)
        return [snapshot.entries[row.entry].cluster.id.text, release.namespace, release.name]
    }
}
