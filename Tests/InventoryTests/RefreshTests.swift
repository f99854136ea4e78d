import CCE
import GatewayTestKit
import JSON
import ReleaseModel
import Testing
import Timing

@testable import Inventory

@Suite struct RefreshTests {
    @Test func `nothing is published before the first set, and an empty set is an empty snapshot`() {
        let fleet = Fleet()
        #expect(fleet.inventory.current == nil)
        fleet.inventory.update([])
        #expect(fleet.inventory.current?.entries.isEmpty == true)
    }

    @Test func `a cold start asks every cluster at once and holds what they answer`() async {
        let fleet = Fleet { .releases([row("of-\($0.cluster)")]) }
        fleet.inventory.update(clusters(40))
        await fleet.run {
            await eventually { (0..<40).allSatisfy { fleet.rows(id($0)) == ["of-\(id($0))"] } }
            #expect(fleet.lister.calls.count == 40)
            #expect(fleet.lister.calls.allSatisfy { $0.sentUptime == fleet.time.uptime })
        }
    }

    @Test func `one hung cluster of 500 delays nobody and is named`() async {
        let fleet = Fleet { $0.cluster == id(77) ? .hang : .releases([row("a")]) }
        fleet.inventory.update(clusters(500))
        await fleet.run {
            let asked = fleet.time.uptime
            async let done: Void = fleet.inventory.refresh(
                (0..<500).map(id), maxAge: .zero, askedAt: asked, deadline: asked + .seconds(5))
            await eventually {
                fleet.inventory.counts.waiting == 1
                    && fleet.inventory.current?.entries.filter { $0.part != nil }.count == 499
            }
            await fleet.pass(.seconds(5)) { fleet.inventory.counts.waiting == 0 }
            await done
            #expect(fleet.time.uptime == asked + .seconds(5))
            let missing = fleet.inventory.current?.entries.filter { $0.part == nil } ?? []
            #expect(missing.map(\.cluster.id) == [id(77)])
            #expect(missing.first?.standing.isPending == true)
            #expect(fleet.lister.peakInFlight <= 64)
        }
    }

    @Test func `1,000 identical cold requests cause one call per cluster`() async {
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let fleet = Fleet(config: config) { $0.number == 0 ? .releases([]) : .hang }
        fleet.inventory.update(clusters(20))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 20 }
            fleet.time.advance(by: .seconds(1))
            let asked = fleet.time.uptime
            let ids = (1..<20).map(id)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<1000 {
                    group.addTask {
                        await fleet.inventory.refresh(
                            ids, maxAge: .seconds(2), askedAt: asked, deadline: asked + .seconds(60))
                    }
                }
                await eventually { fleet.inventory.counts.waiting == 1000 }
                #expect(fleet.inventory.counts.groups == 1)
                #expect(fleet.inventory.counts.links == 19)
                for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([row("x")])) }
            }
            #expect(fleet.lister.calls.count == 20)
        }
    }

    @Test func `a call already sent counts only when it was sent late enough, else one more follows`() async {
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let fleet = Fleet(config: config)
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.hanging(id(0)) != nil }
            fleet.time.advance(by: .seconds(3))
            let asked = fleet.time.uptime
            async let tolerant: Void = fleet.inventory.refresh(
                [id(0)], maxAge: .seconds(3), askedAt: asked, deadline: asked + .seconds(20))
            async let strict: Void = fleet.inventory.refresh(
                [id(0)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(20))
            await eventually { fleet.inventory.counts.waiting == 2 }
            guard let first = fleet.hanging(id(0)) else { return }
            fleet.lister.answer(first, .releases([row("old")]))
            await tolerant
            await eventually { fleet.hanging(id(0)) != nil }
            #expect(fleet.inventory.counts.waiting == 1)
            #expect(fleet.lister.calls.count == 2)
            guard let second = fleet.hanging(id(0)) else { return }
            fleet.lister.answer(second, .releases([row("new")]))
            await strict
            #expect(fleet.rows(id(0)) == ["new"])
        }
    }

    @Test func `readers do not make a cluster be asked more often than the floor allows`() async {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            let start = fleet.time.uptime
            for _ in 0..<40 {
                let asked = fleet.time.uptime
                await fleet.inventory.refresh([id(0)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1))
                await fleet.pass(.milliseconds(500), step: .milliseconds(500))
            }
            let elapsed = fleet.time.uptime - start
            #expect(elapsed == .seconds(20))
            let sent = fleet.lister.calls.map(\.sentUptime)
            #expect(sent.count >= 4)
            for (earlier, later) in zip(sent, sent.dropFirst()) { #expect(later - earlier >= .seconds(5)) }
        }
    }

    @Test func `a demand queues and shows pending without waiting`() async {
        let fleet = Fleet { $0.number == 0 ? .releases([row("a")]) : .hang }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            await fleet.pass(.seconds(6), step: .seconds(6))
            #expect(fleet.state(id(0))?.standing.isPending == false)
            fleet.inventory.demand([id(0)], maxAge: .zero, askedAt: fleet.time.uptime)
            #expect(fleet.state(id(0))?.standing.isPending == true)
            await eventually { fleet.lister.calls.count == 2 }
        }
    }

    @Test func `a waiter leaves at its deadline, by cancellation, and when the inventory stops`() async {
        let fleet = Fleet()
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { fleet.lister.hanging.count == 1 }
            let asked = fleet.time.uptime
            await withTaskGroup(of: Int.self) { group in
                for (number, seconds) in [(1, 2), (2, 1000), (3, 1000)] {
                    group.addTask {
                        await withTaskGroup(of: Void.self) { inner in
                            inner.addTask {
                                await fleet.inventory.refresh(
                                    [id(0), id(1)], maxAge: .seconds(number), askedAt: asked,
                                    deadline: asked + .seconds(seconds))
                            }
                            if number == 2 {
                                await eventually { fleet.inventory.counts.waiting == 2 }
                                inner.cancelAll()
                            }
                        }
                        return number
                    }
                }
                await eventually { fleet.inventory.counts.waiting == 3 || fleet.inventory.counts.waiting == 2 }
                fleet.time.advance(by: .seconds(2))
                _ = await group.next()
                _ = await group.next()
                #expect(fleet.inventory.counts.waiting == 1)
                // The third one waits until `run` ends, below.
                group.cancelAll()
            }
        }
    }

    @Test func `a removed cluster vanishes and nobody waits for it, a new one is asked at once`() async {
        let fleet = Fleet { $0.cluster == id(1) ? .hang : .releases([row("a")]) }
        fleet.inventory.update(clusters(2))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil && fleet.hanging(id(1)) != nil }
            let asked = fleet.time.uptime
            async let waiting: Void = fleet.inventory.refresh(
                [id(1)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1000))
            await eventually { fleet.inventory.counts.waiting == 1 }
            fleet.inventory.update([cluster(0), cluster(2)])
            await waiting
            #expect(fleet.inventory.current?.entries.map(\.cluster.id) == [id(0), id(2)])
            await eventually { fleet.rows(id(2)) == ["a"] }
            // Its call comes back after all, and after the cluster has come back too.
            guard let call = fleet.hanging(id(1)) else { return }
            fleet.inventory.update([cluster(0), cluster(1), cluster(2)])
            await eventually { fleet.lister.hanging.count == 2 }
            fleet.lister.answer(call, .releases([row("ghost")]))
            await settle()
            #expect(fleet.state(id(1))?.part == nil)
        }
    }

    @Test func `skipped clusters are not asked, keep their rows, and are asked at once when they wake`() async {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update([cluster(0), cluster(1, skip: .creating)])
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            fleet.inventory.update([cluster(0, skip: .hibernated), cluster(1, skip: .creating)])
            let asked = fleet.time.uptime
            await fleet.inventory.refresh(
                [id(0), id(1)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(1000))
            await fleet.pass(.seconds(200), step: .seconds(10))
            #expect(fleet.lister.calls.count == 1)
            #expect(fleet.rows(id(0)) == ["a"])
            #expect(fleet.state(id(1))?.standing.isPending == false)
            fleet.inventory.update([cluster(0), cluster(1)])
            await eventually { fleet.lister.calls.count == 3 }
        }
    }

    @Test func `background refreshes come about once an interval and do not stay aligned`() async {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(50))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 50 }
            await fleet.pass(.seconds(600))
            let calls = fleet.lister.calls
            #expect((450...650).contains(calls.count))
            for number in 0..<50 { #expect((9...13).contains(fleet.lister.calls(to: id(number)).count)) }
            let perSecond = Dictionary(grouping: calls.dropFirst(50), by: \.sentUptime).values.map(\.count)
            #expect(perSecond.allSatisfy { $0 <= 8 })
        }
    }

    @Test func `an unchanged answer moves the time and keeps the part`() async {
        let part = ClusterPart.scripted([row("a")])
        let fleet = Fleet { _ in .part(part) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) != nil }
            let before = fleet.inventory.current
            await fleet.pass(.seconds(70))
            await eventually { fleet.lister.calls.count == 2 }
            #expect(fleet.lister.calls[1].bodyHash == TextHash(standingFor: part))
            await eventually { fleet.state(id(0))?.standing.lastSuccess?.sentAt == fleet.lister.calls[1].sentAt }
            #expect(fleet.state(id(0))?.part === part)
            #expect(fleet.inventory.current?.id == before?.id)
        }
    }
}
