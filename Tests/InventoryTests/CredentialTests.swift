import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct CredentialTests {
    @Test func `before the first verdict one call goes out and the others show pending`() async {
        let fleet = Fleet()
        fleet.inventory.update(clusters(50))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 1 }
            await settle()
            #expect(fleet.lister.calls.count == 1)
            let standings = fleet.inventory.current?.entries.map(\.standing) ?? []
            #expect(standings.allSatisfy { $0.isPending && $0.lastFailure == nil })
            await fleet.pass(.seconds(10))
            #expect(fleet.lister.calls.count == 4)
            fleet.lister.respond { _ in .releases([row("a")]) }
            fleet.lister.answer(fleet.lister.hanging[0], .releases([row("a")]))
            await eventually { fleet.lister.calls.count == 50 }
        }
    }

    @Test func `a refused credential holds its clusters back, keeps their rows and settles their readers`() async {
        let isRefused = Lock(false)
        let fleet = Fleet { call in
            isRefused.withLock { $0 } && call.cluster < id(20) ? .failure(.unauthorized) : .releases([row("a")])
        }
        let bad = (0..<20).map { cluster($0, credential: "bad") }
        let good = (20..<30).map { cluster($0, credential: "good") }
        fleet.inventory.update(bad + good)
        await fleet.run {
            await eventually { (0..<30).allSatisfy { fleet.rows(id($0)) != nil } }
            isRefused.withLock { $0 = true }
            await fleet.pass(.seconds(70))
            let before = fleet.lister.calls.filter { $0.cluster < id(20) }.count
            let asked = fleet.time.uptime
            // Returns without the clock moving.
            await fleet.inventory.refresh(
                (0..<30).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1000))
            #expect(fleet.lister.calls.filter { $0.cluster < id(20) }.count - before <= 1)
            for number in 0..<20 {
                #expect(fleet.rows(id(number)) == ["a"])
                #expect(fleet.reason(id(number)) == .unauthorized)
                #expect(fleet.state(id(number))?.standing.isPending == false)
            }
            #expect((0..<20).allSatisfy { fleet.state(id($0))?.standing.retryAt != nil })
            #expect((20..<30).allSatisfy { fleet.reason(id($0)) == nil })
        }
        #expect(fleet.logs.all.filter { $0 == "error credential is refused" }.count == 1)
    }

    @Test func `from a cold start no six refusals within five minutes come from us, over an hour`() async {
        let fleet = Fleet { _ in .failure(.unauthorized) }
        fleet.inventory.update(clusters(100))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 1 }
            for _ in 0..<360 {
                let asked = fleet.time.uptime
                await fleet.inventory.refresh(
                    (0..<100).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(5))
                await fleet.pass(.seconds(10), step: .seconds(5))
            }
            let sent = fleet.lister.calls.map(\.sentUptime)
            #expect(sent.count > 20)
            for start in sent {
                #expect(sent.filter { $0 >= start && $0 < start + .seconds(300) }.count <= 5)
            }
        }
    }

    @Test(arguments: [
        CallFailure.broken, CallFailure(.throttled, status: 429, code: "APIGW.0308", detail: "test"),
        CallFailure(.unreadable, status: 200, detail: "test"), .timedOut,
    ])
    func `an answer that does not prove the key good brings no fan-out after a refusal`(answer: CallFailure) async {
        let answers = Lock([CallFailure.unauthorized])
        var limits = CallLimits()
        limits.retries = 0
        let fleet = Fleet(limits: limits) { _ in
            .failure(answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        }
        fleet.inventory.update(clusters(30))
        await fleet.run {
            await eventually { fleet.reason(id(0)) == .unauthorized }
            answers.withLock { $0 = [answer] }
            await fleet.pass(.seconds(95))
            // Probes at 30, 60 and 90 s.
            #expect(fleet.lister.calls.count == 4)
            answers.withLock {
                $0 = [CallFailure(.forbidden, status: 403, code: "CCE.01403001", detail: "")]
            }
            await fleet.pass(.seconds(60), step: .milliseconds(100))
            #expect(fleet.lister.calls.count >= 30)
        }
    }

    @Test func `a clock that is wrong costs one refusal, and nobody waits for longer`() async {
        let isRefused = Lock(true)
        let fleet = Fleet { _ in
            isRefused.withLock { isRefused in
                defer { isRefused = false }
                return isRefused ? .failure(.clockSkew) : .releases([row("a")])
            }
        }
        fleet.inventory.update(clusters(30))
        await fleet.run {
            let asked = fleet.time.uptime
            // Returns without the clock moving.
            await fleet.inventory.refresh(
                (0..<30).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1000))
            #expect(fleet.lister.calls.count == 31)
            #expect((0..<30).allSatisfy { fleet.rows(id($0)) == ["a"] && fleet.reason(id($0)) == nil })
        }
        // Two events of one moment are written by whoever brought them, in whatever order.
        #expect(
            fleet.logs.all.sorted() == [
                "info credential is accepted", "warning our clock is wrong, the cloud's time is signed",
            ])
    }

    @Test func `while no time is right all clusters name the clock, and the probes stay few`() async {
        let fleet = Fleet { _ in .failure(.clockSkew) }
        fleet.inventory.update(clusters(30))
        await fleet.run {
            await fleet.pass(.seconds(600), step: .seconds(5))
            #expect((0..<30).allSatisfy { fleet.reason(id($0)) == .clockSkew })
            let sent = fleet.lister.calls.map(\.sentUptime)
            #expect(sent.prefix(3).map { $0 - sent[0] } == [.zero, .zero, .seconds(30)])
            for start in sent { #expect(sent.filter { $0 >= start && $0 < start + .seconds(300) }.count <= 5) }
        }
    }

    @Test func `a changed key is tried at once, and everything follows when it is good`() async {
        let isRefused = Lock(true)
        let fleet = Fleet { _ in
            isRefused.withLock { $0 } ? .failure(.unauthorized) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(30))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 1 && fleet.inventory.counts.unfinished == 0 }
            await settle()
            #expect(fleet.lister.calls.count == 1)
            isRefused.withLock { $0 = false }
            fleet.keys.replace("prod", accessKey: "AKEXAMPLE2", secret: "other")
            fleet.inventory.credentialsChanged()
            await eventually { (1..<30).allSatisfy { fleet.rows(id($0)) == ["a"] } }
        }
    }

    @Test func `a credential that is not configured is never tried`() async {
        let fleet = Fleet { _ in .releases([]) }
        fleet.keys.remove("prod")
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { (0..<3).allSatisfy { fleet.reason(id($0)) == .unauthorized } }
            let asked = fleet.time.uptime
            await fleet.inventory.refresh([id(0)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(9))
            #expect(fleet.lister.calls.isEmpty)
        }
    }
}
