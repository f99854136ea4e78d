import CCE
import GatewayTestKit
import JSON
import ReleaseModel
import Testing
import Timing

@testable import Inventory

/// When thousands of clusters are asked, over minutes of a clock that moves in steps of 10 ms. Answers come at once.
@Suite struct SpreadTests {
    private static let count = 2000
    private static let step = Duration.milliseconds(10)
    private static let stepsPerSecond = 100

    /// Calls begun in each step, and each cluster's.
    private struct Diary {
        var perStep: [Int] = []
        var steps: [ClusterID: [Int]] = [:]

        /// The most calls of any 100 ms from that second on.
        func peak(fromSecond second: Int) -> Int {
            let tail = perStep.dropFirst(second * SpreadTests.stepsPerSecond)
            return tail.indices.dropLast(9).map { tail[$0..<$0 + 10].reduce(0, +) }.max() ?? 0
        }
        /// The longest pause of any cluster from that second on, in seconds.
        func longestPause(fromSecond second: Int) -> Double {
            let from = second * SpreadTests.stepsPerSecond
            let pauses = steps.values.map { steps in
                let seen = [from] + steps.filter { $0 >= from } + [perStep.count]
                return zip(seen, seen.dropFirst()).map { $1 - $0 }.max() ?? 0
            }
            return Double(pauses.max() ?? 0) / Double(SpreadTests.stepsPerSecond)
        }
    }

    /// Lets so many seconds pass; `answer` gets the second, how often the cluster was asked before, and which it is.
    private func live(
        _ count: Int = count, seconds: Int, _ answer: (Int, Int, ClusterID) -> Result<ClusterPart, CallFailure>
    ) -> Diary {
        let time = ManualTime()
        // What the limit on calls a second would spread is not what is looked at here.
        var limits = CallLimits()
        limits.maxCallsPerSecond = 0
        var state = InventoryState(
            config: InventoryConfig(), limits: limits, gates: CredentialGates(provider: Keys()),
            endpoint: { _ in "https://cce.example" }, random: SeededGenerator(seed: 7), now: time.uptime)
        var effects = InventoryState.Effects()
        state.update(clusters(count), now: Now(time), &effects)
        var diary = Diary()
        for step in 0..<seconds * Self.stepsPerSecond {
            let now = Now(time)
            state.tick(now: now, &effects)
            var calls = 0
            while let order = state.nextOrder(now: now, &effects) {
                calls += 1
                let id = order.target.cluster.id
                let outcome = answer(step / Self.stepsPerSecond, diary.steps[id, default: []].count, id).map { part in
                    ListedReleases(
                        content: .part(part), bodyHash: TextHash(standingFor: part), sentAt: now.wall,
                        sentUptime: now.uptime)
                }
                diary.steps[id, default: []].append(step)
                state.arrived(order)
                state.complete(
                    order, outcome, startedAt: now.uptime, heavyByteCount: 0, now: now, &effects)
                state.forgetReading()
            }
            diary.perStep.append(calls)
            time.advance(by: Self.step)
        }
        return diary
    }

    private static let same = ClusterPart.scripted([row("a")])
    /// Twice what 2,000 calls a minute are in 100 ms, and less.
    private static let bound = 6

    @Test func `a wave of refreshes is spread: no 100 ms has twice the mean`() {
        let diary = live(seconds: 130) { _, _, _ in .success(Self.same) }
        #expect(diary.perStep[0] == Self.count, "the first calls wait for nothing but their limits")
        #expect(diary.peak(fromSecond: 1) <= Self.bound)
        #expect(diary.longestPause(fromSecond: 1) <= 67)
        #expect(diary.steps.values.allSatisfy { (2...4).contains($0.count) })
    }

    /// What each cluster says for itself leaves them to their pauses. Where the endpoint fails all of them are asked
    /// within two seconds of its return, which is 50 in each 100 ms.
    @Test(arguments: [(CallFailure.forbidden, 3, 120), (.timedOut, 100, 6)])
    func `clusters that failed together do not come back at one moment, and all of them come back`(
        failure: CallFailure, most: Int, seconds: Int
    ) {
        let diary = live(1000, seconds: 242) { second, _, _ in
            (60..<120).contains(second) ? .failure(failure) : .success(Self.same)
        }
        #expect(diary.peak(fromSecond: 1) <= most)
        #expect(diary.longestPause(fromSecond: 1) <= 130)
        let back = diary.steps.values.map { $0.first { $0 >= 120 * Self.stepsPerSecond } ?? .max }
        #expect(back.allSatisfy { $0 <= (120 + seconds) * Self.stepsPerSecond })
    }

    @Test func `where all want to be asked sooner nobody is asked later`() {
        let parts = (0..<2).map { ClusterPart.scripted([row("a-\($0)")]) }
        let diary = live(seconds: 130) { _, call, _ in .success(parts[call % 2]) }
        #expect(diary.peak(fromSecond: 1) <= Self.bound)
        #expect(diary.longestPause(fromSecond: 1) <= 67)
        let calls = diary.steps.values.reduce(0) { $0 + $1.count } - Self.count
        #expect(calls > 129 * Self.count / 60 * 13 / 10, "the room there is is used")
    }

    @Test func `a cluster that changed is asked sooner for a while`() {
        let parts = (0..<2).map { ClusterPart.scripted([row("b-\($0)")]) }
        let changing = Set((0..<200).map(id))
        let diary = live(seconds: 200) { _, call, id in
            .success(changing.contains(id) && call >= 2 ? parts[1] : parts[0])
        }
        for id in changing {
            let steps = diary.steps[id] ?? []
            let pauses = zip(steps, steps.dropFirst()).map { Double($1 - $0) / Double(Self.stepsPerSecond) }
            // The third answer is another one. Then a quarter, half, and all of the interval, as far as there is room.
            #expect((53..<68).contains(pauses[1]) && (13..<20).contains(pauses[2]), "\(pauses)")
            #expect((26..<37).contains(pauses[3]) && pauses.dropFirst(4).allSatisfy { $0 > 53 }, "\(pauses)")
        }
        #expect(diary.peak(fromSecond: 1) <= Self.bound)
    }
}
