import GatewayTestKit
import ReleaseModel
import Testing

@testable import Inventory

/// Clients that leave before their answer, with a fan-out under way for them.
@Suite struct LeavingTests {
    private static let count = 200

    /// A fleet whose rows are all there, and with calls that hang from then on.
    private func run(_ body: (Fleet) async -> Void) async {
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let fleet = Fleet(config: config) { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(Self.count))
        await fleet.run {
            await eventually { (0..<Self.count).allSatisfy { fleet.rows(id($0)) == ["a"] } }
            await fleet.quiet()
            fleet.time.advance(by: .milliseconds(1))
            fleet.lister.respond { _ in .hang }
            await body(fleet)
        }
    }
    private func read(_ fleet: Fleet) async {
        let asked = fleet.time.uptime
        await fleet.inventory.refresh(
            (0..<Self.count).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(30))
    }
    private func answerAll(_ fleet: Fleet) async {
        await eventually {
            for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([row("a")])) }
            return fleet.inventory.counts.unfinished == 0
        }
    }

    @Test func `the one who asked first leaves, and the others have all answers`() async {
        await run { fleet in
            let before = fleet.lister.calls.count
            await withTaskGroup(of: Void.self) { group in
                await withTaskGroup(of: Void.self) { leader in
                    leader.addTask { await read(fleet) }
                    await eventually { fleet.inventory.counts.waiting == 1 }
                    group.addTask { await read(fleet) }
                    await eventually { fleet.inventory.counts.waiting == 2 }
                    leader.cancelAll()
                }
                await eventually { fleet.inventory.counts.waiting == 1 }
                #expect(fleet.inventory.counts.queued > 0)
                await answerAll(fleet)
            }
            #expect(fleet.lister.calls.count == before + Self.count, "each is asked once")
        }
    }

    @Test func `when all have left nothing more is asked for them, and each cluster's turn comes all the same`()
        async
    {
        await run { fleet in
            let before = fleet.lister.calls.count
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { await read(fleet) } }
                await eventually { fleet.inventory.counts.waiting == 3 && fleet.lister.hanging.count == 64 }
                group.cancelAll()
            }
            #expect(fleet.inventory.counts.queued == 0, "at once, without the clock moving")
            await answerAll(fleet)
            await settle()
            #expect(fleet.lister.calls.count == before + 64)
            fleet.lister.respond { _ in .releases([row("b")]) }
            await fleet.pass(.seconds(125))
            #expect((0..<Self.count).allSatisfy { fleet.rows(id($0)) == ["b"] })
        }
    }

    @Test func `one whose time is over leaves the calls to be made`() async {
        await run { fleet in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await read(fleet) }
                await eventually { fleet.inventory.counts.waiting == 1 }
                await fleet.pass(.seconds(31)) { fleet.inventory.counts.waiting == 0 }
            }
            #expect(fleet.inventory.counts.queued == Self.count - 64)
            await answerAll(fleet)
        }
    }
}
