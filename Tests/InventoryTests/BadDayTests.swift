import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

/// Faults that go on for half an hour of the test's clock, and what they cost the cloud.
@Suite struct BadDayTests {
    private static let count = 200

    /// All calls of the half hour after a good minute in which `failure` is the answer to so many of ten.
    private func calls(_ failure: CallFailure, ofTen share: Int, retries: Int) async -> Int {
        var limits = CallLimits.unpaced
        limits.retries = retries
        let random = Lock(SeededGenerator(seed: 11))
        let isBad = Lock(false)
        let fleet = Fleet(limits: limits) { _ in
            let isHit = random.withLock { Int.random(in: 0..<10, using: &$0) } < share
            return isHit && isBad.withLock { $0 } ? .failure(failure) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(Self.count))
        var before = 0
        await fleet.run {
            await fleet.pass(.seconds(60))
            before = fleet.lister.calls.count
            isBad.withLock { $0 = true }
            await fleet.pass(.seconds(1800))
        }
        return fleet.lister.calls.count - before
    }

    @Test(arguments: [3, 10])
    func `in half an hour of 5xx further attempts cost at most a tenth more calls`(ofTen share: Int) async {
        let with = await calls(.broken, ofTen: share, retries: 1)
        let without = await calls(.broken, ofTen: share, retries: 0)
        // Where all fail the endpoint's breaker leaves little to ask.
        #expect(without > (share < 10 ? Self.count * 20 : 100), "\(without) calls: it is asked all the while")
        #expect(Double(with) <= 1.1 * Double(without), "\(with) calls, \(without) without further attempts")
    }

    @Test func `in half an hour of throttling nothing is asked more often than its turn comes`() async {
        let throttled = CallFailure(.throttled, status: 429, detail: "test")
        let with = await calls(throttled, ofTen: 10, retries: 1)
        // Where all are refused the rate goes down to a call now and then, which shows when it is over.
        #expect((20...Self.count * 30).contains(with), "\(with) calls for \(Self.count * 30) turns")
    }

    @Test(arguments: [true, false])
    func `a wrong secret of one of two credentials costs two calls a minute, and the other one nothing`(
        fromTheStart: Bool
    ) async {
        let isWrong = Lock(fromTheStart)
        let fleet = Fleet { call in
            isWrong.withLock { $0 } && call.cluster < id(150) ? .failure(.unauthorized) : .releases([row("a")])
        }
        fleet.inventory.update((0..<300).map { cluster($0, credential: $0 < 150 ? "bad" : "good") })
        await fleet.run {
            if !fromTheStart {
                await eventually { (0..<300).allSatisfy { fleet.rows(id($0)) != nil } }
                await fleet.quiet()
                fleet.keys.replace("bad", accessKey: "AKEXAMPLE-bad", secret: "another one that is none")
                isWrong.withLock { $0 = true }
            }
            let before = fleet.lister.calls.count
            let start = fleet.time.uptime
            for _ in 0..<60 {
                // Readers want all of it, too, and again and again.
                let asked = fleet.time.uptime
                await fleet.inventory.refresh(
                    (0..<150).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1))
                await fleet.pass(.seconds(10), step: .milliseconds(500))
            }
            let calls = fleet.lister.calls[before...]
            let refused = calls.filter { $0.cluster < id(150) }.map(\.sentUptime)
            #expect(refused.count > 5, "it is tried all the while")
            for moment in refused {
                let count = refused.count { $0 >= moment && $0 < moment + .seconds(60) }
                #expect(count <= 2, "\(count) calls in the minute from \(moment - start)")
            }
            for number in 0..<150 {
                await eventually { fleet.reason(id(number)) == .unauthorized }
                #expect(fleet.rows(id(number)) == (fromTheStart ? nil : ["a"]))
            }
            let good = Dictionary(grouping: calls.filter { $0.cluster >= id(150) }, by: \.cluster)
            #expect(good.count == 150)
            for (cluster, calls) in good {
                let moments = [start] + calls.map(\.sentUptime) + [fleet.time.uptime]
                let pauses = zip(moments, moments.dropFirst()).map { $1 - $0 }
                #expect(pauses.allSatisfy { $0 <= .seconds(68) }, "each in its turn")
                #expect(fleet.reason(cluster) == nil && fleet.rows(cluster) == ["a"])
            }
        }
    }

    @Test func `a failure is shared by all who ask within a second, and gone for the first who asks after it`() async {
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let isDown = Lock(false)
        let fleet = Fleet(config: config) { _ in
            isDown.withLock { $0 } ? .failure(.forbidden) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(1))
        func ask(_ readers: Int) async {
            let asked = fleet.time.uptime
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<readers {
                    group.addTask {
                        await fleet.inventory.refresh(
                            [id(0)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(20))
                    }
                }
            }
        }
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            await fleet.quiet()
            fleet.time.advance(by: .seconds(2))
            isDown.withLock { $0 = true }
            await ask(1)
            await eventually { fleet.reason(id(0)) == .forbiddenUpstream }
            isDown.withLock { $0 = false }
            let before = fleet.lister.calls.count
            fleet.time.advance(by: .milliseconds(900))
            await ask(100)
            #expect(fleet.lister.calls.count == before && fleet.reason(id(0)) == .forbiddenUpstream)
            fleet.time.advance(by: .milliseconds(200))
            await ask(100)
            await eventually { fleet.reason(id(0)) == nil }
            #expect(fleet.lister.calls.count == before + 1, "one call for all of them")
        }
    }
}
