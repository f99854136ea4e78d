import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

/// What is asked, and what is told, when clusters or their endpoint fail.
@Suite struct CircuitTests {
    private static let endpoint = "https://cce.r1.example"

    /// Retries are another matter.
    private static var noRetries: CallLimits {
        var limits = CallLimits.unpaced
        limits.retries = 0
        return limits
    }
    /// Lets time pass in steps; calls that hang for ten seconds time out, as the transport sees to.
    private func pass(_ fleet: Fleet, seconds: Int, each: () -> Void = {}) async {
        for _ in 0..<seconds {
            fleet.time.advance(by: .seconds(1))
            for call in fleet.lister.hanging where fleet.time.uptime - call.sentUptime >= .seconds(10) {
                fleet.lister.answer(call, .failure(.timedOut))
            }
            await fleet.quiet()
            each()
        }
    }
    private func circuit(_ fleet: Fleet) -> Circuit.State? { fleet.inventory.endpoints.first?.circuit }
    private func state(_ fleet: Fleet, _ number: Int) -> (Circuit.Scope, Circuit.State)? {
        fleet.state(id(number))?.standing.circuit.map { ($0.scope, $0.state) }
    }

    @Test func `a hung endpoint with 500 clusters behind it soon holds one call open, not 500`() async {
        let isHung = Lock(false)
        let fleet = Fleet(limits: Self.noRetries) { _ in isHung.withLock { $0 } ? .hang : .releases([row("a")]) }
        fleet.inventory.update(clusters(500))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 500 }
            await pass(fleet, seconds: 70)
            isHung.withLock { $0 = true }
            await pass(fleet, seconds: 30)
            #expect(circuit(fleet) != nil)
            var peak = 0
            await pass(fleet, seconds: 60) { peak = max(peak, fleet.lister.inFlight) }
            #expect(peak == 1)
            #expect((0..<500).allSatisfy { fleet.rows(id($0)) == ["a"] })
            #expect(fleet.logs.all.filter { $0 == "warning endpoint fails, calls to it stop" }.count == 1)

            isHung.withLock { $0 = false }
            let healed = fleet.time.uptime
            await pass(fleet, seconds: 16)
            #expect(circuit(fleet) == nil)
            #expect((0..<500).allSatisfy { fleet.state(id($0))?.standing.lastFailure == nil })
            let back = fleet.lister.calls.filter { $0.sentUptime > healed }
            let moments = Dictionary(grouping: back, by: \.sentUptime)
            #expect(moments.values.allSatisfy { $0.count < 400 }, "not all at once")
        }
        #expect(fleet.lister.peakInFlight <= 64)
    }

    @Test(arguments: [
        (CallFailure(.unresolved, detail: "test"), true), (CallFailure(.unreachable, detail: "test"), true),
        (CallFailure(.tls, detail: "test"), true), (.broken, false), (.reset, false),
        (CallFailure(.foreign, status: 200, detail: "test"), false),
    ])
    func `what every cluster behind an endpoint fails with opens the endpoint's circuit, not theirs`(
        failure: CallFailure, isOfEndpoint: Bool
    ) async {
        let isDown = Lock(false)
        let fleet = Fleet(limits: Self.noRetries) { _ in
            isDown.withLock { $0 } ? .failure(failure) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(8))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 8 }
            isDown.withLock { $0 = true }
            await pass(fleet, seconds: 300)
            let reading = fleet.inventory.endpoints.first
            #expect((reading?.circuit != nil) == isOfEndpoint)
            #expect((reading?.clusterTimesOpened == 0) == isOfEndpoint)
            for number in 0..<8 {
                #expect(fleet.rows(id(number)) == ["a"])
                // What happened to it last goes before what keeps us from asking.
                let reason = fleet.reason(id(number))
                #expect(reason == failure.reason || (isOfEndpoint && reason == nil))
            }
        }
    }

    @Test func `five failures in a row stop calls to that cluster alone, also on demand, until it is tried again`()
        async
    {
        let fleet = Fleet(limits: Self.noRetries) { call in
            call.number >= 2 && call.cluster == id(0) ? .failure(.broken) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(2))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 2 }
            func ask(_ number: Int) async {
                let now = fleet.time.uptime
                await fleet.inventory.refresh([id(number)], maxAge: .zero, askedAt: now, deadline: now + .seconds(5))
            }
            while state(fleet, 0) == nil, fleet.lister.calls(to: id(0)).count < 20 {
                await pass(fleet, seconds: 6)
                await ask(0)
            }
            #expect(state(fleet, 0).map { $0 == (.cluster, .open) } ?? false)
            #expect(fleet.lister.calls(to: id(0)).count == 6)
            await ask(0)
            let shown = await fleet.inventory.liveRelease(
                cluster: id(0), namespace: "default", name: "a", deadline: fleet.time.uptime + .seconds(5))
            guard case .failed(.circuitOpen) = shown else { return #expect(Bool(false), "\(shown)") }
            #expect(fleet.lister.calls(to: id(0)).count == 6, "nobody's wish is a call")
            #expect(fleet.rows(id(0)) == ["a"] && fleet.reason(id(0)) == .upstream5xx)
            #expect(fleet.state(id(0))?.standing.retryAt.map { $0 > fleet.time.wall } ?? false)

            let now = fleet.time.uptime
            async let other: Void = fleet.inventory.refresh(
                [id(1)], maxAge: .zero, askedAt: now, deadline: now + .seconds(60))
            await pass(fleet, seconds: 6)
            await other
            #expect(fleet.lister.calls(to: id(1)).last.map { $0.sentUptime >= now } ?? false)
            #expect(state(fleet, 1) == nil && fleet.reason(id(1)) == nil)

            fleet.lister.respond { _ in .releases([row("b")]) }
            await pass(fleet, seconds: 130)
            #expect(fleet.rows(id(0)) == ["b"] && state(fleet, 0) == nil && fleet.reason(id(0)) == nil)
        }
    }

    @Test func `an endpoint's circuit hides no rows: fresh ones stay fresh, and nobody waits for calls not made`() async
    {
        let isDown = Lock(false)
        let fleet = Fleet(limits: Self.noRetries) { _ in
            isDown.withLock { $0 } ? .failure(CallFailure(.unreachable, detail: "test")) : .releases([row("a")])
        }
        fleet.inventory.update(clusters(20))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 20 }
            isDown.withLock { $0 = true }
            while circuit(fleet) != .open { await pass(fleet, seconds: 1) }
            let spared = (0..<20).filter { fleet.reason(id($0)) == nil }
            #expect(!spared.isEmpty)
            let now = fleet.time.uptime
            let before = fleet.lister.calls.count
            await fleet.inventory.refresh(
                spared.map(id), maxAge: .zero, askedAt: now, deadline: now + .seconds(100))
            #expect(fleet.time.uptime == now && fleet.lister.calls.count == before)
            for number in spared {
                #expect(state(fleet, number).map { $0 == (.endpoint, .open) } ?? false)
                #expect(fleet.rows(id(number)) == ["a"])
            }
            isDown.withLock { $0 = false }
            await pass(fleet, seconds: 6)
            #expect((0..<20).allSatisfy { fleet.reason(id($0)) == nil && state(fleet, $0) == nil })
        }
        #expect(fleet.logs.all.contains("info endpoint answers again"))
    }

    @Test func `a tenth of the clusters hanging stops no calls to the others`() async {
        let fleet = Fleet(limits: Self.noRetries) { call in
            call.cluster.text.hasSuffix("7") ? .hang : .releases([row("a")])
        }
        fleet.inventory.update(clusters(300))
        await fleet.run {
            await pass(fleet, seconds: 240)
            #expect(fleet.inventory.endpoints.first?.timesOpened == 0)
            #expect(fleet.inventory.endpoints.first?.clusterTimesOpened ?? 0 > 0)
            for number in 0..<300 where !id(number).text.hasSuffix("7") {
                #expect(fleet.rows(id(number)) == ["a"])
                let age = fleet.state(id(number))?.standing.lastSuccess.map { fleet.time.uptime - $0.sentUptime }
                #expect(age ?? .seconds(1000) < .seconds(90))
            }
        }
    }

    @Test func `a total breakdown costs no more than a tenth more calls than without retries`() async {
        let fleet = Fleet { _ in .failure(.broken) }
        fleet.inventory.update(clusters(200))
        await fleet.run {
            await fleet.pass(.seconds(900), step: .milliseconds(500))
            // Needed: each cluster once an interval.
            #expect(fleet.lister.calls.count <= 200 * 15 * 11 / 10)
        }
    }
}
