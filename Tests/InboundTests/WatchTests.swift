import Locking
import Settings
import Testing

@testable import Inbound

@Suite struct WatchTests {
    private let limits = ListenerOptions(address: .loopback(port: 0), config: ServerConfig())
    private func isOverdue(_ watch: Watch, _ seconds: Double) -> Bool {
        watch.isOverdue(now: .seconds(seconds), limits: limits)
    }

    @Test func `the first head must be whole in time, whatever comes of it before`() {
        var watch = Watch(now: .seconds(100))
        #expect(!isOverdue(watch, 109.9))
        #expect(isOverdue(watch, 110))
        watch.requestLineRead(now: .seconds(109), limits: limits)
        #expect(!isOverdue(watch, 109.9))
        #expect(isOverdue(watch, 110))
    }
    @Test func `a kept connection may rest, and then has the time of a head again`() {
        var watch = Watch(now: .zero)
        watch.requestCompleted(now: .seconds(100))
        #expect(!isOverdue(watch, 129.9))
        #expect(isOverdue(watch, 130))
        watch.requestLineRead(now: .seconds(125), limits: limits)
        #expect(!isOverdue(watch, 134.9))
        #expect(isOverdue(watch, 135))
    }
    @Test func `an answer may take the request's time and what its size needs`() {
        var watch = Watch(now: .zero)
        watch.enter(.sending(since: .seconds(100), bytes: 160 << 10))
        #expect(!isOverdue(watch, 139.9))
        #expect(isOverdue(watch, 140))
    }
    @Test func `a stream's reader who was fast may not stop for longer than one who has just begun`() {
        var watch = Watch(now: .zero)
        watch.enter(.sending(since: .zero, bytes: 0))
        for second in 1...100 {
            watch.took(1 << 20, now: .seconds(second), bytesPerSecond: limits.minimumBytesPerSecond)
        }
        // 30 s, and 64 s for the last MiB at 16 KiB/s.
        #expect(!isOverdue(watch, 193.9))
        #expect(isOverdue(watch, 194))
    }
    @Test func `a stream's reader below the pace is cut off however regularly he reads`() {
        var watch = Watch(now: .zero)
        watch.enter(.sending(since: .zero, bytes: 0))
        var second = 0.0
        while second < 1000, !isOverdue(watch, second) {
            second += 1
            watch.took(8 << 10, now: .seconds(second), bytesPerSecond: limits.minimumBytesPerSecond)
        }
        // Half the pace: of each second half a second is paid back, and 30 s were given.
        #expect((58.0...62).contains(second))
    }
    @Test func `what the handler does is not the peer's delay`() {
        var watch = Watch(now: .zero)
        watch.enter(.handling)
        #expect(!isOverdue(watch, 1_000_000))
    }
    @Test func `what has been ended stays ended`() {
        var watch = Watch(now: .zero)
        watch.enter(.ended)
        let isTaken = watch.enter(.handling)
        #expect(!isTaken)
        watch.requestLineRead(now: .zero, limits: limits)
        watch.requestCompleted(now: .zero)
        guard case .ended = watch.phase else {
            Issue.record("\(watch.phase)")
            return
        }
        #expect(!isOverdue(watch, 1_000_000))
    }
}

@Suite struct BodyBudgetTests {
    @Test func `a body sent to many counts once, and is given back with the last`() {
        let tally = Tally()
        let budget = BodyBudget(limit: 100_000, tally: tally)
        let page = HeldBody([[UInt8](repeating: 1, count: 60_000)], budget: budget)
        #expect(tally.counts.bodyBytes == 60_000)
        #expect(HeldBody([[UInt8](repeating: 1, count: 60_000)], budget: budget) == nil)
        #expect(tally.counts.bodyBytes == 60_000)
        withExtendedLifetime(page) {}

        let shared = [UInt8](repeating: 2, count: 30_000)
        var copies = (0..<10).map { _ in HeldBody([shared], budget: budget) }
        #expect(copies.allSatisfy { $0 != nil })
        #expect(tally.counts.bodyBytes == 90_000)
        copies.removeLast(9)
        #expect(tally.counts.bodyBytes == 90_000)
        copies = []
        #expect(tally.counts.bodyBytes == 60_000)
    }
    @Test func `a small body passes a full budget`() {
        let tally = Tally()
        let budget = BodyBudget(limit: 0, tally: tally)
        let small = HeldBody([[UInt8](repeating: 1, count: BodyBudget.freeBytes)], budget: budget)
        #expect(small != nil)
        #expect(HeldBody([[UInt8](repeating: 1, count: BodyBudget.freeBytes + 1)], budget: budget) == nil)
        #expect(tally.counts.bodyBytes == BodyBudget.freeBytes)
        withExtendedLifetime(small) {}
    }
}
