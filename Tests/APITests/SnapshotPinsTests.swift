import GatewayTestKit
import Locking
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct SnapshotPinsTests {
    private let time = ManualTime()
    private func parts(_ snapshot: Snapshot?) -> [ObjectIdentifier?] {
        snapshot?.entries.map { $0.part.map(ObjectIdentifier.init) } ?? []
    }

    /// Snapshots one after the other; each replaces the rows of one of `count` clusters and shares the other parts.
    private func history(_ length: Int, clusters count: Int = 40) -> [Snapshot] {
        var entries = Fleet.fresh((0..<count).map { "\($0 + 100)" }, at: time).snapshot().entries
        var history: [Snapshot] = []
        for step in 0..<length {
            let part = ClusterPart.of([.sample("default", "step-\(step)")])
            let index = step % count
            entries[index] = ClusterEntry(
                cluster: entries[index].cluster, part: part, standing: entries[index].standing,
                contentHash: part.contentHash)
            history.append(Snapshot(entries: entries, id: entries.reduce(.zero) { $0 &+ $1.contentHash }))
        }
        return history
    }

    @Test func `a pinned snapshot comes back entry by entry`() throws {
        let pins = SnapshotPins(byteBudget: 1 << 20)
        let history = history(20)
        for snapshot in history { pins.pin(snapshot, until: .seconds(2000), newest: snapshot, now: .seconds(1000)) }
        for snapshot in history {
            let held = try #require(pins.snapshot(snapshot.id))
            #expect(held.id == snapshot.id)
            #expect(parts(held) == parts(snapshot))
            #expect(held.entries.map(\.contentHash) == snapshot.entries.map(\.contentHash))
        }
        #expect(pins.snapshot(.zero) == nil)
    }
    @Test func `rows of the newest snapshot are not counted, and each part is counted once`() {
        let pins = SnapshotPins(byteBudget: 1 << 30)
        let history = history(3)
        pins.pin(history[0], until: .seconds(2000), newest: history[0], now: .zero)
        let overhead = pins.usage.bytes
        #expect(overhead < history[0].entries.reduce(0) { $0 + ($1.part?.byteCount ?? 0) })

        pins.letGoExpired(newest: history[1], now: .zero)
        let replaced = history[0].entries[1].part?.byteCount ?? 0
        #expect(pins.usage.bytes == overhead + replaced)

        // A second snapshot that holds the same old part adds its own changed chunk, not the part again.
        pins.letGoExpired(newest: history[0], now: .zero)
        #expect(pins.usage.bytes == overhead)
        pins.letGoExpired(newest: Fleet().snapshot(), now: .zero)
        let all = history[0].entries.reduce(0) { $0 + ($1.part?.byteCount ?? 0) }
        #expect(pins.usage.bytes == overhead + all)
        pins.pin(history[0], until: .seconds(3000), newest: nil, now: .zero)
        #expect(pins.usage.bytes == overhead + all)
    }
    @Test func `past the budget the snapshots pinned first go first`() {
        let history = history(30)
        let pins = SnapshotPins(byteBudget: 100_000)
        for snapshot in history { pins.pin(snapshot, until: .seconds(2000), newest: snapshot, now: .zero) }
        let held = history.map { pins.snapshot($0.id) != nil }
        let firstHeld = held.firstIndex(of: true) ?? held.count
        #expect(firstHeld > 0)
        #expect(firstHeld < held.count)
        #expect(held == history.indices.map { $0 >= firstHeld })
        #expect(pins.usage.bytes <= 100_000)
        #expect(pins.usage.snapshots == held.count - firstHeld)
    }
    @Test func `a budget that becomes less lets the first pins go at once, and cuts who reads them`() throws {
        let history = history(10)
        let pins = SnapshotPins(byteBudget: 1 << 30)
        for snapshot in history { pins.pin(snapshot, until: .seconds(2000), newest: snapshot, now: .zero) }
        let isTold = Lock(false)
        let lease = try #require(
            pins.lease(history[0], newest: history[9], now: .zero) { isTold.withLock { $0 = true } })
        let before = pins.usage
        pins.limit(to: before.bytes / 2)
        #expect(pins.usage.bytes <= before.bytes / 2)
        #expect(pins.snapshot(history[0].id) == nil && pins.snapshot(history[9].id) != nil)
        #expect(isTold.withLock { $0 })
        pins.limit(to: 0)
        #expect(pins.usage == (0, 0))
        _ = lease
    }
    @Test func `a budget of nothing pins nothing`() {
        let pins = SnapshotPins(byteBudget: 0)
        let snapshot = history(1)[0]
        pins.pin(snapshot, until: .seconds(2000), newest: snapshot, now: .zero)
        #expect(pins.usage.snapshots == 0)
        #expect(pins.usage.bytes == 0)
    }
    @Test func `pins are let go when no token can name them, and counting returns to nothing`() {
        let pins = SnapshotPins(byteBudget: 1 << 30)
        let history = history(4)
        for (index, snapshot) in history.enumerated() {
            pins.pin(snapshot, until: .seconds(100 + index), newest: snapshot, now: .zero)
        }
        // A token made later keeps the oldest longer.
        pins.pin(history[0], until: .seconds(200), newest: history[3], now: .zero)
        pins.letGoExpired(newest: history[3], now: .seconds(102))
        #expect(history.map { pins.snapshot($0.id) != nil } == [true, false, false, true])
        pins.letGoExpired(newest: history[3], now: .seconds(200))
        #expect(pins.usage.snapshots == 0)
        #expect(pins.usage.bytes == 0)
    }
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what is counted is what is held, whatever happens in which order`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let history = history(60, clusters: 20)
        let pins = SnapshotPins(byteBudget: Int.random(in: 20_000...400_000, using: &random))
        var newest = 0
        for step in 0..<200 {
            if Bool.random(using: &random) { newest = min(newest + 1, history.count - 1) }
            let now = Duration.seconds(step)
            let pinned = history[Int.random(in: max(0, newest - 5)...newest, using: &random)]
            pins.pin(
                pinned, until: now + .seconds(Int.random(in: 1...50, using: &random)), newest: history[newest],
                now: now)
            #expect(pins.usage.bytes <= 400_000, "seed \(seed)")
            let current = Set(parts(history[newest]))
            var uncounted: [ObjectIdentifier: Int] = [:]
            for snapshot in history where pins.snapshot(snapshot.id) != nil {
                for entry in snapshot.entries {
                    guard let part = entry.part, !current.contains(ObjectIdentifier(part)) else { continue }
                    uncounted[ObjectIdentifier(part)] = part.byteCount
                }
            }
            // The rest is the chunks: between nothing and a copy of every entry of every snapshot.
            let rows = uncounted.values.reduce(0, +)
            #expect(pins.usage.bytes >= rows, "seed \(seed), step \(step)")
            #expect(
                pins.usage.bytes - rows
                    <= pins.usage.snapshots * 20 * SnapshotPins.bytesPerEntry, "seed \(seed)")
        }
        pins.letGoExpired(newest: history[newest], now: .seconds(1000))
        #expect(pins.usage.bytes == 0, "seed \(seed)")
    }
    @Test func `coverages are bounded, equal ones share a name, others do not`() {
        let pins = SnapshotPins(byteBudget: 100 * 8 * MemoryLayout<Coverage.Item>.stride)  // 100 clusters
        func coverage(_ second: Int64, _ reason: Reason? = nil) -> Coverage {
            Coverage(
                items: (0..<16).map { index in
                    Coverage.Item(
                        id: id("\(index)"), name: "n", state: .fresh, asOf: Instant(seconds: second), reason: reason)
                })
        }
        let entries = Array(0..<16)
        func pin(_ coverage: Coverage, _ entries: [Int]? = nil) -> CoverageID {
            pins.pin(coverage, entries: entries ?? Array(0..<16), of: .zero, until: .seconds(10))
        }
        let first = pin(coverage(1))
        #expect(pin(coverage(1)) == first)
        #expect(pins.coverage(first) == coverage(1))
        let others = [pin(coverage(2)), pin(coverage(1, .aged)), pin(coverage(1), entries.map { $0 + 1 })]
        #expect(Set(others + [first]).count == 4)
        let last = (10..<20).map { pin(coverage($0)) }
        #expect(pins.coverage(first) == nil)
        #expect(last.filter { pins.coverage($0) != nil } == Array(last.suffix(5)))
        pins.letGoExpired(newest: nil, now: .seconds(10))
        #expect(last.allSatisfy { pins.coverage($0) == nil })
    }
}
