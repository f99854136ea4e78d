import CCE
import GatewayTestKit
import JSON
import Locking
import ReleaseModel
import Testing
import Timing

@testable import Inventory

@Suite struct OutcomeTests {
    /// One cluster with rows, then every further call gets `failure`.
    private func failing(
        _ failure: CallFailure, config: InventoryConfig = InventoryConfig(), retries: Int = 0
    ) -> Fleet {
        var limits = CallLimits()
        limits.retries = retries
        let fleet = Fleet(config: config, limits: limits) {
            $0.number == 0 ? .releases([row("a")]) : .failure(failure)
        }
        fleet.inventory.update(clusters(1))
        return fleet
    }

    @Test(arguments: [
        CallFailure.timedOut, .reset, .broken, .forbidden,
        CallFailure(.throttled, status: 429, detail: "test"),
        CallFailure(.tls, detail: "test"), CallFailure(.unreadable, status: 200, detail: "test"),
    ])
    func `a failure keeps the last good rows until staleLimit, labelled, and then lets them go`(
        failure: CallFailure
    ) async {
        var config = InventoryConfig()
        config.staleLimit = .seconds(600)
        let fleet = failing(failure, config: config)
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            await fleet.pass(.seconds(120), step: .seconds(2))
            #expect(fleet.rows(id(0)) == ["a"])
            #expect(fleet.reason(id(0)) == failure.reason)
            await fleet.pass(.seconds(480), step: .seconds(2))
            #expect(fleet.rows(id(0)) == ["a"], "600 s old, not past the limit")
            await fleet.pass(.seconds(1))
            #expect(fleet.state(id(0))?.part == nil)
            #expect(fleet.state(id(0))?.standing.lastSuccess == nil)
            #expect(fleet.reason(id(0)) == failure.reason)
        }
    }

    @Test func `404 twice in a row drops the rows, 404 with anything else in between does not`() async {
        let answers: [ScriptedLister.Answer] = [
            .releases([row("a")]), .failure(.notFound), .failure(.timedOut), .failure(.notFound), .failure(.notFound),
        ]
        let fleet = Fleet { answers[min($0.number, answers.count - 1)] }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            for calls in 1...5 {
                await fleet.pass(.seconds(1000)) { fleet.lister.calls.count == calls }
                await eventually { fleet.state(id(0))?.standing.isPending == false }
                #expect((fleet.state(id(0))?.part == nil) == (calls == 5), "after \(calls)")
            }
            #expect(fleet.reason(id(0)) == .notFound)
            #expect(fleet.logs.all.contains("warning cluster is gone, its rows are dropped"))
        }
    }

    @Test func `a change of state is logged once, not per attempt`() async {
        let isHealthy = Lock(true)
        let fleet = Fleet { _ in
            isHealthy.withLock { $0 } ? .releases([row("a")]) : .failure(.timedOut)
        }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            // Lines are written after the state has changed, and may overtake those of a later change.
            await eventually { fleet.logs.all.count == 1 }
            isHealthy.withLock { $0 = false }
            await fleet.pass(.seconds(600), step: .seconds(5))
            await eventually { fleet.logs.all.count == 3 }
            isHealthy.withLock { $0 = true }
            await fleet.pass(.seconds(300), step: .seconds(5))
        }
        #expect(
            fleet.logs.all == [
                "info credential is accepted", "warning cluster fails", "debug what the cloud said",
                "info cluster answers again",
            ])
    }

    @Test(arguments: [
        (CallFailure.reset, 3), (.broken, 3), (.timedOut, 1), (.forbidden, 1), (.notFound, 1), (.unauthorized, 1),
        (CallFailure(.cancelled, detail: "test"), 1), (CallFailure(.unresolved, detail: "test"), 2),
        (CallFailure(.throttled, status: 429, detail: "test"), 1),
    ])
    func `only what may be retried is, and only so often`(failure: CallFailure, attempts: Int) async {
        var limits = CallLimits()
        limits.retries = 2
        let fleet = Fleet(limits: limits) { _ in .failure(failure) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { !fleet.lister.calls.isEmpty }
            await fleet.pass(.milliseconds(900), step: .milliseconds(50)) { fleet.inventory.counts.unfinished == 0 }
            #expect(fleet.lister.calls.count == attempts)
            #expect(fleet.inventory.counts.unfinished == 0)
        }
    }

    @Test func `retries stop when the deadline has no room, and nothing sleeps after the last attempt`() async {
        var limits = CallLimits()
        limits.retries = 5
        limits.timeout = .seconds(10)
        limits.deadline = .seconds(15)
        let fleet = Fleet(limits: limits)
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.hanging(id(0)) != nil }
            // Ten seconds of waiting for admission, then ten of the attempt itself: only the latter count.
            fleet.time.advance(by: .seconds(20))
            fleet.lister.answer(fleet.lister.hanging[0], .failure(.reset))
            await fleet.pass(.seconds(1), step: .milliseconds(50)) { fleet.lister.calls.count == 2 }
            #expect(fleet.lister.calls.count == 2)
            let timeout = fleet.lister.calls[1].timeout
            #expect(timeout <= .seconds(5) && timeout > .seconds(4))
            fleet.time.advance(by: timeout)
            guard let second = fleet.hanging(id(0)) else { return }
            fleet.lister.answer(second, .failure(.reset))
            await eventually { fleet.reason(id(0)) == .network }
            #expect(fleet.lister.calls.count == 2)
        }
    }

    @Test func `a cancelled call is not held against the cluster`() async {
        let cancelled = CallFailure(.cancelled, detail: "test")
        let fleet = Fleet {
            switch $0.number {
            case 0, 2: .releases([row("a")])
            default: .failure(cancelled)
            }
        }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            await fleet.pass(.seconds(70)) { fleet.lister.calls.count == 2 }
            await settle()
            #expect(fleet.state(id(0))?.standing.lastFailure == nil)
            await fleet.pass(.seconds(2)) { fleet.lister.calls.count == 3 }
            #expect(fleet.lister.calls.count == 3)
        }
        #expect(!fleet.logs.all.contains("warning cluster fails"))
    }

    @Test func `an answer older than what is held replaces nothing, and a failure older than it neither`() {
        let time = ManualTime()
        var record = ClusterRecord(cluster(0), epoch: 1)
        func listed(_ name: String, at second: Int) -> ListedReleases {
            ListedReleases(
                content: .part(.scripted([row(name)])), bodyHash: TextHash(low: 0, high: 0), sentAt: time.wall,
                sentUptime: .seconds(second))
        }
        let used = [("new", 20), ("old", 10)].map {
            record.succeed(listed($0.0, at: $0.1), askedWith: nil, heavyByteCount: 0)
        }
        #expect(used == [true, false])
        record.fail(.timedOut, startedAt: .seconds(19), now: Now(time))
        #expect(record.part?.rows.map(\.name) == ["new"])
        #expect(record.failure == nil)
        record.fail(.timedOut, startedAt: .seconds(20), now: Now(time))
        #expect(record.failure?.reason == .timeout)
    }

    @Test func `"unchanged" against rows that were let go meanwhile is no answer`() {
        let time = ManualTime()
        var record = ClusterRecord(cluster(0), epoch: 1)
        let part = ClusterPart.scripted([row("a")])
        let first = ListedReleases(
            content: .part(part), bodyHash: TextHash(standingFor: part), sentAt: time.wall, sentUptime: .seconds(1))
        let isUsed = record.succeed(first, askedWith: nil, heavyByteCount: 0)
        let isExpired = record.expire(after: .seconds(10), now: Now(time))
        #expect(isUsed && isExpired)
        let second = ListedReleases(
            content: .unchanged, bodyHash: TextHash(standingFor: part), sentAt: time.wall, sentUptime: .seconds(900))
        let isSecondUsed = record.succeed(second, askedWith: TextHash(standingFor: part), heavyByteCount: 0)
        #expect(!isSecondUsed)
        #expect(record.success == nil)
    }

    @Test func `a cluster of a region without endpoint fails by name, without a call`() async {
        let fleet = Fleet { _ in .releases([]) }
        fleet.inventory.update([cluster(0, region: "nowhere"), cluster(1)])
        await fleet.run {
            await eventually { fleet.rows(id(1)) != nil }
            #expect(fleet.reason(id(0)) == .rejected)
            #expect(fleet.lister.calls(to: id(0)).isEmpty)
        }
    }

    @Test func `a wall clock that jumps makes nothing fresh or stale`() async {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(5))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 5 }
            for jump in [3600, -7200, 900] {
                fleet.time.stepWall(by: .seconds(jump))
                let asked = fleet.time.uptime
                await fleet.inventory.refresh(
                    (0..<5).map(id), maxAge: .seconds(10), askedAt: asked, deadline: asked + .seconds(5))
            }
            #expect(fleet.lister.calls.count == 5)
            #expect((0..<5).allSatisfy { fleet.rows(id($0)) == ["a"] })
        }
    }
}
