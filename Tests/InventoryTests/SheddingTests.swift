import GatewayTestKit
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct SheddingTests {
    private func heavy(_ bytes: Int) -> Release {
        row("a", values: .held(compressed: Array(repeating: 1, count: bytes)))
    }

    @Test func `beyond the budget the largest parts let heavy fields go, basic rows never`() async {
        var limits = CallLimits()
        limits.heavyBytesBudget = 1000
        let sizes = [0: 100, 1: 700, 2: 300, 3: 500]
        let fleet = Fleet(limits: limits) { call in
            let number = (0..<4).first { id($0) == call.cluster } ?? 0
            return .releases([heavy(sizes[number] ?? 0)])
        }
        fleet.inventory.update(clusters(4))
        await fleet.run {
            await eventually { (0..<4).allSatisfy { fleet.rows(id($0)) == ["a"] } }
            await eventually { fleet.inventory.counts.heavyBytes <= 1000 }
            let id0 = fleet.inventory.current?.id
            let values = (0..<4).map { fleet.state(id($0))?.part?.rows[0].heavy.values }
            #expect(values[1] == .withheld)
            #expect(values[0] != .withheld && values[2] != .withheld && values[3] != .withheld)
            // What the clusters hold has not changed, and an unchanged answer does not bring it back.
            await fleet.pass(.seconds(130))
            #expect(fleet.inventory.current?.id == id0)
            #expect(fleet.inventory.counts.heavyBytes <= 1000)
            #expect(fleet.state(id(1))?.standing.lastFailure == nil)
        }
    }

    @Test func `a budget that becomes less lets the largest go at once, one that becomes more brings all back`() async {
        let sizes = [0: 100, 1: 700, 2: 300, 3: 500]
        let fleet = Fleet { call in
            .releases([heavy(sizes[(0..<4).first { id($0) == call.cluster } ?? 0] ?? 0)])
        }
        fleet.inventory.update(clusters(4))
        await fleet.run {
            await eventually { (0..<4).allSatisfy { fleet.rows(id($0)) == ["a"] } }
            await fleet.quiet()
            let snapshot = fleet.inventory.current?.id
            let held = fleet.inventory.counts.heavyBytes
            fleet.inventory.limitHeavyBytes(to: held - 1)
            let values = (0..<4).map { fleet.state(id($0))?.part?.rows[0].heavy.values }
            #expect(values.map { $0 == .withheld } == [false, true, false, false])
            fleet.inventory.limitHeavyBytes(to: 0)
            #expect(fleet.inventory.counts.heavyBytes == 0)
            #expect((0..<4).allSatisfy { fleet.rows(id($0)) == ["a"] })
            #expect(fleet.inventory.current?.id == snapshot)
            // The clusters answer as they did before; as many as have room for their values are read all the same.
            for (budget, withheld) in [(held - 1, 1), (held, 0)] {
                fleet.inventory.limitHeavyBytes(to: budget)
                await fleet.pass(.seconds(130))
                await fleet.quiet()
                let values = (0..<4).map { fleet.state(id($0))?.part?.rows[0].heavy.values }
                #expect(values.count { $0 == .withheld } == withheld)
            }
            #expect(fleet.inventory.counts.heavyBytes == held)
            #expect(fleet.inventory.current?.id == snapshot)
        }
    }

    @Test func `a call is offered what is held when its answer comes, not what was held when it began`() async {
        let fleet = Fleet()
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.lister.hanging.count == 1 }
            let first = fleet.lister.hanging[0]
            fleet.lister.answer(first, .releases([row("a")]))
            await eventually { fleet.rows(id(0)) == ["a"] }
            #expect(fleet.lister.offered(with: first) == nil)
            await fleet.pass(.seconds(130)) { !fleet.lister.hanging.isEmpty }
            let second = fleet.lister.hanging[0]
            fleet.lister.answer(second, .releases([row("b")]))
            await eventually { fleet.rows(id(0)) == ["b"] }
            #expect(fleet.lister.offered(with: second)?.rows.map(\.name) == ["a"])
            // A cluster that goes while it is asked holds nothing any more.
            await fleet.pass(.seconds(130)) { !fleet.lister.hanging.isEmpty }
            let third = fleet.lister.hanging[0]
            fleet.inventory.update([])
            fleet.lister.answer(third, .releases([row("c")]))
            await eventually { fleet.lister.inFlight == 0 }
            #expect(fleet.lister.offered(with: third) == nil)
        }
    }
}
