import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct CallRateTests {
    /// A cloud that lets `limit` calls a second through, by seconds of its own or as tokens.
    private struct Cloud: Sendable {
        let limit: Int
        let countsSeconds: Bool
        private var second: Int64 = -1
        private var passed = 0
        private var fullAt = Duration.zero
        init(limit: Int, countsSeconds: Bool) {
            self.limit = limit
            self.countsSeconds = countsSeconds
        }
        mutating func lets(through now: Duration) -> Bool {
            if countsSeconds {
                if now.components.seconds != second { (second, passed) = (now.components.seconds, 0) }
                passed += 1
                return passed <= limit
            }
            guard fullAt <= now + .seconds(1) else { return false }
            fullAt = max(fullAt, now) + .seconds(1) / limit
            return true
        }
    }

    @Test(arguments: [true, false], [true, false])
    func `500 clusters that want 100 calls a second settle at the 50 that the cloud lets through`(
        countsSeconds: Bool, tellsLimit: Bool
    ) async {
        var config = InventoryConfig()
        config.refreshInterval = .seconds(5)
        config.maxAge = .seconds(30)
        let cloud = Lock(Cloud(limit: 50, countsSeconds: countsSeconds))
        let refused = Lock<[Int]>([])
        let quota = tellsLimit ? CallQuota(calls: 50, window: .seconds(1)) : nil
        let fleet = Fleet(config: config, limits: CallLimits()) { call in
            if cloud.withLock({ $0.lets(through: call.sentUptime) }) { return .releases([row("a")]) }
            refused.withLock { $0.append(call.number) }
            return .failure(CallFailure(.throttled, status: 429, detail: "test", quota: quota))
        }
        fleet.inventory.update(clusters(500))
        await fleet.run {
            await fleet.pass(.seconds(10), step: .milliseconds(20))
            let start = fleet.lister.calls.count
            let warm = fleet.time.uptime
            await fleet.pass(.seconds(30), step: .milliseconds(20))
            let calls = fleet.lister.calls[start...]
            let bad = refused.withLock { $0.count { $0 >= start } }
            #expect(Double(bad) < 0.05 * Double(calls.count), "\(bad) of \(calls.count)")
            #expect((45.0...55.0).contains(Double(calls.count) / 30), "\(calls.count) in half a minute")
            for second in stride(from: 0, to: 30, by: 10) {
                let span = warm + .seconds(second)..<warm + .seconds(second + 10)
                let count = calls.count { span.contains($0.sentUptime) }
                #expect((450...550).contains(count), "\(count) in ten seconds")
            }
            // In turn: a round of 500 takes ten seconds at that rate, and nobody waits for a third.
            let counts = Dictionary(grouping: calls, by: \.cluster).mapValues(\.count)
            #expect(counts.count == 500)
            #expect((counts.values.min() ?? 0) >= 2 && (counts.values.max() ?? 0) <= 5)
            #expect((0..<500).allSatisfy { fleet.rows(id($0)) == ["a"] })
            #expect(fleet.inventory.throttling(of: [cluster(0)]).first??.since != nil)
        }
        #expect(fleet.logs.all.filter { $0 == "warning calls are throttled, fewer are made" }.count == 1)
        #expect(!fleet.logs.all.contains("warning cluster fails"), "it is not their fault")
    }

    @Test func `readers and what is due share the rate, a quarter of it at least for what is due`() {
        var scheduler = CallScheduler(maxInFlight: 100, maxInFlightPerOrigin: 100, maxCallsPerSecond: 20)
        let lane = scheduler.lane(endpoint: "a", credential: "k")
        for slot in 0..<1000 {
            scheduler.enqueue(.init(table: 0, slot: slot), .background, lane: lane)
            scheduler.enqueue(.init(table: 0, slot: slot), .demand, lane: lane)
        }
        var taken: [CallScheduler.Urgency] = []
        for millisecond in 1...10_000 {
            let now = Duration.seconds(100) + .milliseconds(millisecond)
            while case .job(_, let urgency)? = scheduler.take(except: .init(), now: now)?.work {
                scheduler.started(lane: lane, now: now)
                scheduler.ended(lane: lane)
                taken.append(urgency)
            }
        }
        #expect((200...220).contains(taken.count), "ten seconds and one second's worth")
        #expect(taken.count { $0 == .background } >= taken.count / 4)
    }

    @Test func `one credential's rate is not another's`() {
        var scheduler = CallScheduler(maxInFlight: 100, maxInFlightPerOrigin: 100, maxCallsPerSecond: 20)
        let lanes = ["k1", "k2"].map { scheduler.lane(endpoint: "a", credential: $0) }
        let now = Duration.seconds(100)
        _ = scheduler.refused(
            lane: lanes[0], startedAt: now, told: CallQuota(calls: 1, window: .seconds(60)), retryAfter: .seconds(5),
            now: now)
        for lane in lanes {
            for slot in 0..<30 { scheduler.enqueue(.init(table: 0, slot: slot), .background, lane: lane) }
        }
        var taken: [Int] = []
        while let pick = scheduler.take(except: .init(), now: now) {
            scheduler.started(lane: pick.lane, now: now)
            taken.append(pick.lane)
        }
        #expect(taken == Array(repeating: lanes[1], count: 20))
        #expect(scheduler.nextStart(except: .init(), now: now) == now + .milliseconds(50))
        #expect(scheduler.nextStart(except: .init(endpoints: ["a"]), now: now) == nil)
    }

    @Test(arguments: [
        (nil, 0.0), (Duration.zero, 0), (.seconds(1), 1), (.seconds(30), 30), (.seconds(3600), 60),
    ])
    func `Retry-After stops all calls of the lane, for a minute at most`(retryAfter: Duration?, seconds: Double) {
        var rate = CallRate(ceiling: 200)
        let now = Duration.seconds(100)
        _ = rate.refuse(startedAt: now, told: nil, retryAfter: retryAfter, now: now)
        #expect(rate.nextStart <= now + .seconds(seconds))
        #expect(rate.nextStart >= now + .seconds(seconds) || seconds == 0)
    }

    @Test func `a single refusal costs little, and good calls earn it back up to the ceiling`() {
        var rate = CallRate(ceiling: 20)
        var now = Duration.seconds(100)
        let isFirst = rate.refuse(startedAt: now, told: nil, retryAfter: nil, now: now)
        #expect(isFirst && rate.limit ?? 0 > 9)
        for _ in 0..<2000 {
            now = max(now, rate.nextStart)
            rate.start(now: now)
            rate.pass(startedAt: now, now: now)
        }
        #expect(rate.limit == 20)
        #expect(rate.throttledSince(now: now) != nil)
        #expect(rate.throttledSince(now: now + .seconds(300)) == nil)
    }

    @Test func `a limit that is named is kept for five minutes, then tried again`() {
        var rate = CallRate(ceiling: 0)
        var now = Duration.seconds(100)
        _ = rate.refuse(startedAt: now, told: CallQuota(calls: 600, window: .seconds(60)), retryAfter: nil, now: now)
        #expect(rate.limit ?? 0 <= 9.5)
        func calls(for span: Duration) {
            let end = now + span
            while now < end {
                now = max(now, rate.nextStart) + .milliseconds(1)
                rate.start(now: now)
                rate.pass(startedAt: now, now: now)
            }
        }
        calls(for: .seconds(290))
        #expect(rate.limit == 9.5)
        calls(for: .seconds(60))
        #expect(rate.limit ?? 0 > 10)
    }

    @Test func `what was under way when the rate was lowered does not lower it again`() {
        var rate = CallRate(ceiling: 100)
        let now = Duration.seconds(100)
        for _ in 0..<64 { rate.start(now: now) }
        for millisecond in 0..<64 {
            _ = rate.refuse(startedAt: now, told: nil, retryAfter: nil, now: now + .milliseconds(millisecond * 100))
        }
        #expect(rate.limit ?? 0 > 50)
    }
}
