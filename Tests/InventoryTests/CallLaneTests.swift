import CCE
import Discovery
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct CallLaneTests {
    private static let endpoint = "https://cce.r1.example"
    private func ask(_ fleet: Fleet, credential: String = "prod", _ failure: CallFailure? = nil) async -> String {
        do throws(CallFailure) {
            return try await fleet.inventory.call(Self.endpoint, credential: credential) { key throws(CallFailure) in
                if let failure { throw failure }
                return "signed by \(key.name)"
            }
        } catch {
            return "\(error.kind)"
        }
    }

    @Test func `a call is made with the key it was admitted with`() async {
        let fleet = Fleet()
        fleet.keys.remove("gone")
        await fleet.run {
            #expect(await ask(fleet) == "signed by prod")
            #expect(await ask(fleet, .forbidden) == "forbidden")
            #expect(await ask(fleet, credential: "gone") == "unauthorized")
        }
    }

    @Test func `a refused credential is tried by nobody else, and its end is told`() async {
        let fleet = Fleet { _ in .failure(.unauthorized) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.reason(id(0)) == .unauthorized }
            let calls = Lock(0)
            let failure = await #expect(throws: CallFailure.self) {
                try await fleet.inventory.call(Self.endpoint, credential: "prod") { _ throws(CallFailure) in
                    calls.withLock { $0 += 1 }
                }
            }
            #expect(failure?.kind == .unauthorized && failure?.retryAfter ?? .zero > .seconds(20))
            #expect(calls.withLock { $0 } == 0)
            #expect(await ask(fleet, credential: "other") == "signed by other")
        }
    }

    @Test func `a refusal that a list met holds back the clusters, too`() async {
        let fleet = Fleet { _ in .releases([row("a")]) }
        await fleet.run {
            #expect(await ask(fleet, .unauthorized) == "unauthorized")
            fleet.inventory.update(clusters(1))
            await eventually { fleet.reason(id(0)) == .unauthorized }
            #expect(fleet.lister.calls.isEmpty)
            #expect(fleet.logs.all.contains("error credential is refused"))
        }
    }

    @Test func `an endpoint that cannot be reached is asked by nobody once its breaker is open`() async {
        let fleet = Fleet { _ in .failure(CallFailure(.unreachable, detail: "test")) }
        await fleet.run {
            #expect(await ask(fleet) == "signed by prod")
            for _ in 0..<5 { #expect(await ask(fleet, CallFailure(.unreachable, detail: "test")) == "unreachable") }
            #expect(await ask(fleet) == "circuitOpen")
            fleet.inventory.update(clusters(3))
            await settle()
            #expect(fleet.lister.calls.isEmpty)
            #expect(fleet.state(id(0))?.standing.circuit != nil)
        }
    }

    @Test func `lists take part in the rate of their credential at that endpoint`() async {
        var limits = CallLimits()
        limits.maxCallsPerSecond = 10
        let fleet = Fleet(limits: limits)
        await fleet.run {
            let done = Lock(0)
            await withTaskGroup(of: Void.self) { group in
                // More than guests who ask about one cluster may be: no list is turned away.
                for _ in 0..<100 {
                    group.addTask {
                        _ = await ask(fleet)
                        done.withLock { $0 += 1 }
                    }
                }
                await eventually { fleet.inventory.counts.waiting == 100 - done.withLock { $0 } }
                await settle()
                #expect(done.withLock { $0 } <= 11)
                await fleet.pass(.seconds(4))
                #expect((35...55).contains(done.withLock { $0 }))
                await fleet.pass(.seconds(12))
                #expect(done.withLock { $0 } == 100)
            }
        }
    }

    @Test func `a call whose key was replaced, or whose clock was wrong, is made again`() async {
        for failure in [CallFailure.keyReplaced, .clockSkew] {
            let fleet = Fleet()
            await fleet.run {
                _ = await ask(fleet)
                let calls = Lock(0)
                let answer = try? await fleet.inventory.call(Self.endpoint, credential: "prod") {
                    _ throws(CallFailure) in
                    let number = calls.withLock { calls in
                        calls += 1
                        return calls
                    }
                    if number == 1 { throw failure }
                    return number
                }
                #expect(answer == 2)
            }
        }
    }

    @Test func `who goes away leaves no place behind`() async {
        let fleet = Fleet { _ in .failure(.unauthorized) }
        await fleet.run {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try? await fleet.inventory.call(Self.endpoint, credential: "prod") { _ throws(CallFailure) in
                        let (never, end) = AsyncStream<Void>.makeStream()
                        for await _ in never {}
                        end.finish()
                        throw CallFailure(.cancelled, detail: "cancelled")
                    }
                }
                await eventually { fleet.inventory.counts.inFlight == 1 }
                group.cancelAll()
            }
            #expect(fleet.inventory.counts.inFlight == 0)
        }
    }
}
