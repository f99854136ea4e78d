import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@Suite struct PagePropertyTests {
    /// A small fleet, now and then one with texts far beyond the cloud's limits, or with parts of several words of bits.
    private func fleet(_ seed: UInt64, _ generator: inout SeededGenerator) -> CannedFleet {
        if generator.chance(3) {
            return CannedFleet(seed: seed, clusters: Int.random(in: 1...4, using: &generator), releases: 50...300)
        }
        return CannedFleet(
            seed: seed, clusters: Int.random(in: 0...6, using: &generator), releases: 0...12,
            longTexts: generator.chance(15))
    }

    @Test func `the pages of any question are the plain answer, cut into pages`() throws {
        let base = testSeed()
        for run in 0..<propertyRuns {
            let seed = (base &+ UInt64(run)) &* 7919
            var generator = SeededGenerator(seed: seed)
            let snapshot = fleet(seed, &generator).snapshot
            let question = PlainQuestion(&generator, snapshot)
            let request = try #require(try? ListRequest(parameters: question.parameters), "seed \(seed)")
            var selection = request.selection
            if generator.chance(20) {
                // The same question as its canonical text asks it.
                let text = selection.filter.canonical
                selection.filter = try #require(
                    try? FilterExpression(filter: text, limits: .canonical), "seed \(seed): \(text)")
            }
            let targets = selection.targets(in: snapshot).entries
            let expected = PlainRow.all(of: snapshot, in: Array(snapshot.entries.indices)).filter(question.matches)
                .sorted(by: question.precedes).map(\.reference)
            var found: [RowReference] = []
            var key: PageKey?
            repeat {
                let limit = Int.random(in: 1...(expected.count > 100 ? 200 : 20), using: &generator)
                let page = selection.page(
                    of: snapshot, rowsFrom: targets, now: CannedFleet.now, after: key, limit: limit)
                let isRight =
                    page.totalSize == expected.count && page.rows.count == min(limit, expected.count - found.count)
                    && (page.next == nil) == (found.count + page.rows.count == expected.count)
                    && (page.next?.bytes.count ?? 0) <= PageKey.byteLimit && page.next.map(selection.accepts) ?? true
                guard isRight else {
                    Issue.record(
                        "seed \(seed) \(question.parameters): \(page) after \(found.count) of \(expected.count)")
                    return
                }
                found += page.rows
                key = page.next
            } while key != nil
            guard found == expected else {
                Issue.record("seed \(seed) \(question.parameters): \(found) instead of \(expected)")
                return
            }
        }
    }

    @Test func `a boundary stays where it is while rows come, go and change`() throws {
        let base = testSeed()
        for run in 0..<propertyRuns / 3 {
            let seed = (base &+ UInt64(run)) &* 104_729 &+ 1
            var generator = SeededGenerator(seed: seed)
            var fleet = CannedFleet(seed: seed, clusters: Int.random(in: 1...5, using: &generator), releases: 0...12)
            let question = PlainQuestion(&generator, fleet.snapshot, terms: 1)
            let selection = try #require(try? ListRequest(parameters: question.parameters), "seed \(seed)").selection
            var key: PageKey?
            var boundary: [PlainValue]?
            for _ in 0..<30 {
                let snapshot = fleet.snapshot
                let expected = PlainRow.all(of: snapshot, in: Array(snapshot.entries.indices)).filter(question.matches)
                    .sorted(by: question.precedes)
                let following = expected.filter { row in
                    boundary.map { question.compare(question.sortKey(row), $0) > 0 } ?? true
                }
                let limit = Int.random(in: 1...6, using: &generator)
                let page = selection.page(
                    of: snapshot, rowsFrom: selection.targets(in: snapshot).entries, now: CannedFleet.now, after: key,
                    limit: limit)
                guard page.rows == following.prefix(limit).map(\.reference), page.totalSize == expected.count,
                    (page.next == nil) == (following.count <= limit)
                else {
                    Issue.record("seed \(seed) \(question.parameters): \(page.rows)")
                    return
                }
                guard let next = page.next else { break }
                key = next
                boundary = question.sortKey(following[limit - 1])
                fleet.churn(percent: 20)
            }
        }
    }

    @Test func `the cost estimate is not below the rows that a filter must look at`() throws {
        let snapshot = CannedFleet(seed: 5, clusters: 20, releases: 30...30).snapshot
        let all = Array(snapshot.entries.indices)
        let rows = snapshot.entries.reduce(0) { $0 + ($1.part?.rows.count ?? 0) }
        func estimate(_ parameters: [(name: String, value: String)]) throws -> Int {
            try ListRequest(parameters: parameters).selection.rowsToScan(of: snapshot, rowsFrom: all)
        }
        #expect(try estimate([]) <= snapshot.entries.count)
        #expect(try estimate([("order_by", "update_at")]) == rows)
        #expect(try estimate([("name", "redis*")]) == rows)
        #expect(try estimate([("region", "nowhere"), ("name", "redis*")]) == 0)
        let first = snapshot.entries[0]
        #expect(
            try estimate([("cluster_id", first.cluster.id.text), ("name", "redis*")]) == first.part?.rows.count)
    }

    @Test func `a plan is called long at once only where it is by the estimate`() throws {
        let snapshot = CannedFleet(seed: 5, clusters: 20, releases: 30...30).snapshot
        let all = Array(snapshot.entries.indices)
        let rows = snapshot.entries.reduce(0) { $0 + ($1.part?.rows.count ?? 0) }
        let questions: [(parameters: [(name: String, value: String)], isLong: Bool)] = [
            ([], false), ([("name", "redis*")], true), ([("order_by", "update_at")], true),
            ([("q", "no-such-word"), ("order_by", "name")], true),
            ([("order_by", "update_at"), ("region", "nowhere")], false), ([("cluster_id", "none")], false),
        ]
        for question in questions {
            let selection = try ListRequest(parameters: question.parameters).selection
            let estimate = selection.rowsToScan(of: snapshot, rowsFrom: all)
            #expect(selection.isLong(over: snapshot, beyond: rows, isCounted: false) == false)
            #expect(selection.isLong(over: snapshot, beyond: rows - 1, isCounted: false) == question.isLong)
            #expect((estimate > rows - 1) == question.isLong, "\(question.parameters)")
        }
        // What is counted is looked at whatever the order.
        let plain = try ListRequest(parameters: []).selection
        #expect(plain.isLong(over: snapshot, beyond: rows - 1, isCounted: true))
    }
}
