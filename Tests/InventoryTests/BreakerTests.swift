import GatewayTestKit
import Testing

@testable import Inventory

@Suite struct BreakerTests {
    private struct Bench {
        var breaker = Breaker(.endpoint)
        var now = Duration.seconds(1000)
        var random = SeededGenerator(seed: 1)
        /// One call that takes no time.
        mutating func call(_ sign: Breaker.Sign) {
            _ = breaker.start(now: now)
            _ = breaker.report(sign, startedAt: now, now: now, using: &random)
        }
        mutating func calls(_ signs: [Breaker.Sign]) { for sign in signs { call(sign) } }
        var holdUntil: Duration? { breaker.holdUntil(now: now, timeout: .seconds(10)) }
    }

    /// `b`ad, `d`oubtful, `g`ood, `-` for one that says nothing.
    @Test(arguments: [
        // In a row; a good one in between begins anew, one that says nothing does not.
        ("bbbb", false), ("bbbbb", true), ("bbbbgb", false), ("bb-bb-b", true), ("bbdbdbdb", true),
        // By share, from twenty on.
        (String(repeating: "d", count: 19), false), (String(repeating: "d", count: 20), true),
        ("ggggggggggdddddddddd", true), ("gggggggggggdddddddddd", false), ("dddddddddgggggggggggg", false),
        (String(repeating: "-", count: 100), false),
    ])
    func `it opens after five in a row, or half of at least twenty`(calls: String, opens: Bool) {
        let signs = calls.map { ["b": Breaker.Sign.bad, "d": .doubtful, "g": .good][$0] ?? .none }
        var bench = Bench()
        bench.calls(signs)
        #expect(bench.breaker.isClosed == !opens)
        #expect((bench.holdUntil != nil) == opens)
    }

    @Test func `what ended more than ten seconds ago counts no more`() {
        var bench = Bench()
        for _ in 0..<60 {
            bench.call(.doubtful)
            bench.now += .milliseconds(600)
        }
        #expect(bench.breaker.isClosed, "about sixteen in any ten seconds")
        for _ in 0..<60 {
            bench.call(.doubtful)
            bench.now += .milliseconds(400)
        }
        #expect(!bench.breaker.isClosed)
    }

    @Test func `one probe at a time; a good one closes, a bad one waits longer, up to the rule's longest`() {
        var bench = Bench()
        bench.calls(Array(repeating: .bad, count: 5))
        for pause in [1, 2, 3, 3, 3] {
            let left = (bench.holdUntil ?? .zero) - bench.now
            #expect(left <= .seconds(pause) && left >= .seconds(pause) * 0.75)
            bench.now += left
            #expect(bench.holdUntil == nil)
            let isProbe = bench.breaker.start(now: bench.now)
            #expect(isProbe)
            #expect(bench.holdUntil == bench.now + .seconds(10), "nobody else until it has ended")
            _ = bench.breaker.report(.bad, startedAt: bench.now, now: bench.now, using: &bench.random)
        }
        bench.now += .seconds(3)
        bench.call(.good)
        #expect(bench.breaker == Breaker(.endpoint))
    }

    @Test(arguments: [Breaker.Sign.good, .bad, .doubtful])
    func `calls that were under way when it opened change nothing`(sign: Breaker.Sign) {
        var bench = Bench()
        let before = bench.now
        bench.now += .seconds(1)
        bench.calls(Array(repeating: .bad, count: 5))
        let opened = bench.breaker
        _ = bench.breaker.report(sign, startedAt: before, now: bench.now, using: &bench.random)
        #expect(bench.breaker == opened)
        bench.now += .seconds(1)
        _ = bench.breaker.start(now: bench.now)
        let probing = bench.breaker
        _ = bench.breaker.report(sign, startedAt: before, now: bench.now, using: &bench.random)
        #expect(bench.breaker == probing)
    }

    @Test func `a probe that says nothing is made again at once`() {
        var bench = Bench()
        bench.calls(Array(repeating: .bad, count: 5))
        bench.now += .seconds(1)
        bench.call(.none)
        #expect(bench.holdUntil == nil && !bench.breaker.isClosed)
        bench.call(.good)
        #expect(bench.breaker.isClosed)
    }
}
