import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct LiveTests {
    private func ask(_ fleet: Fleet, _ number: Int, name: String = "a", wait: Int = 5) async -> String {
        let shown = await fleet.inventory.liveRelease(
            cluster: id(number), namespace: "default", name: name, deadline: fleet.time.uptime + .seconds(wait))
        return switch shown {
        case .found(let release): "found \(release.name)"
        case .notFound: "not found"
        case .failed(let reason): "failed \(reason.rawValue)"
        }
    }

    @Test func `a live release is found, not found, or failed by reason`() async {
        let fleet = Fleet { $0.release != nil && $0.cluster == id(1) ? .failure(.timedOut) : .releases([row("a")]) }
        fleet.inventory.update([cluster(0), cluster(1), cluster(2, skip: .hibernated)])
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            #expect(await ask(fleet, 0) == "found a")
            #expect(await ask(fleet, 0, name: "b") == "not found")
            #expect(await ask(fleet, 1) == "failed timeout")
            #expect(await ask(fleet, 2) == "failed hibernated")
            await eventually { fleet.inventory.counts.unfinished == 0 }
        }
    }

    @Test func `live calls keep to the limits and wait for their turn, until their deadline`() async {
        var limits = CallLimits()
        limits.maxInFlightPerHost = 2
        let fleet = Fleet(limits: limits) { $0.release == nil ? .releases([row("a")]) : .hang }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            await settle()
            async let one = ask(fleet, 0, wait: 100)
            async let two = ask(fleet, 0, wait: 100)
            await eventually { fleet.lister.hanging.count == 2 }
            async let three = ask(fleet, 0, wait: 3)
            await eventually { fleet.inventory.counts.waiting == 1 }
            fleet.time.advance(by: .seconds(3))
            #expect(await three == "failed timeout")
            #expect(fleet.lister.peakInFlight == 2)
            for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([row("a")])) }
            #expect(await [one, two] == ["found a", "found a"])
        }
    }

    @Test func `a live call whose key is replaced before it is sent is made with the next key`() async {
        let isReplaced = Lock(true)
        let fleet = Fleet { call in
            guard call.release != nil, isReplaced.withLock({ $0 }) else { return .releases([row("a")]) }
            isReplaced.withLock { $0 = false }
            return .failure(.keyReplaced)
        }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            #expect(await ask(fleet, 0) == "found a")
            #expect(!isReplaced.withLock { $0 })
        }
    }

    @Test func `a refused credential refuses live calls without a call`() async {
        let fleet = Fleet { _ in .failure(.unauthorized) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.reason(id(0)) == .unauthorized }
            #expect(await ask(fleet, 0) == "failed unauthorized")
            #expect(fleet.lister.calls.count == 1)
        }
    }
}
