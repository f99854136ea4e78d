import GatewayTestKit
import Query
import ReleaseModel
import Testing

/// A walk gives what pages give, whatever it is allowed at a time.
@Suite struct RowWalkTests {
    private static func rows(_ walk: inout RowWalk, cost: Int) -> [RowReference] {
        var rows: [RowReference] = []
        while true {
            switch walk.next(cost: cost) {
            case .rows(let more):
                #expect(!more.isEmpty)
                rows += more
            case .unfinished: continue
            case .end: return rows
            }
        }
    }

    @Test func `every order gives the rows of one page of all, in its order`() throws {
        let seed = testSeed()
        let runs = testRuns(default: 60)
        for run in 0..<runs {
            var generator = SeededGenerator(seed: seed &+ UInt64(run))
            let fleet = CannedFleet(
                seed: seed &+ UInt64(run), clusters: generator.pick([0, 1, 5, 12]), releases: 0...40,
                longTexts: generator.chance(20))
            let snapshot = fleet.snapshot
            let question = PlainQuestion(&generator, snapshot)
            let request = try ListRequest(parameters: question.parameters)
            let entries = snapshot.entries.indices.filter { _ in generator.chance(90) }
            let page = request.selection.page(
                of: snapshot, rowsFrom: Array(entries), now: CannedFleet.now, after: nil, limit: 1000)
            for cost in [1, 7, 1000] {
                var walk = RowWalk(request.selection, of: snapshot, rowsFrom: Array(entries), now: CannedFleet.now)
                let rows = Self.rows(&walk, cost: cost)
                #expect(rows == page.rows, "seed \(seed), run \(run): \(question.parameters)")
                #expect(walk.count == page.totalSize)
                guard case .end = walk.next(cost: cost) else {
                    Issue.record("goes on after its end")
                    return
                }
            }
        }
    }
    @Test func `a step looks at no more than it is allowed and one cluster's rows`() throws {
        let snapshot = CannedFleet(seed: 7, clusters: 20, releases: 10...20).snapshot
        let request = try ListRequest(parameters: [("order_by", "update_at"), ("name", "none-of-them")])
        var walk = RowWalk(
            request.selection, of: snapshot, rowsFrom: Array(snapshot.entries.indices), now: CannedFleet.now)
        var steps = 0
        while case .unfinished = walk.next(cost: 10) { steps += 1 }
        #expect(steps >= 15)
    }
}
