import CCE
import GatewayTestKit
import ReleaseModel
import Testing

@testable import Inventory

@Suite struct ChartTests {
    private func ask(_ fleet: Fleet, _ chart: String, maxAge: Int = 60, wait: Int = 5) async -> Snapshot? {
        let asked = fleet.time.uptime
        return try? await fleet.inventory.snapshot(
            chartID: chart, clusters: (0..<3).map(id), maxAge: .seconds(maxAge), askedAt: asked,
            deadline: asked + .seconds(wait))
    }

    @Test func `a chart's fan-out passes the id on, is cached, and has an id of its own`() async throws {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(3))
        try await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            await settle()
            let first = try #require(await ask(fleet, "chart-1"))
            #expect(fleet.lister.calls.suffix(3).allSatisfy { $0.chartID == "chart-1" })
            let again = try #require(await ask(fleet, "chart-1"))
            #expect(fleet.lister.calls.count == 6)
            #expect(again.id == first.id)
            let other = try #require(await ask(fleet, "chart-2"))
            #expect(Set([first.id, other.id, fleet.inventory.current?.id]).count == 3)
            #expect(other.entries.allSatisfy { $0.part?.rows.map(\.name) == ["a"] })
            await fleet.pass(.seconds(8), step: .seconds(8))
            _ = await ask(fleet, "chart-1", maxAge: 7)
            #expect(fleet.lister.calls.filter { $0.chartID == "chart-1" }.count == 6)
        }
    }

    @Test func `one fan-out at a time: the same chart is shared, another is refused`() async {
        let fleet = Fleet { $0.chartID == nil ? .releases([]) : .hang }
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            await settle()
            async let first = ask(fleet, "a", wait: 1000)
            async let second = ask(fleet, "a", wait: 1000)
            await eventually { fleet.inventory.counts.waiting == 2 && fleet.lister.hanging.count == 3 }
            #expect(await ask(fleet, "b") == nil)
            for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([row("x")])) }
            let both = await (first, second)
            #expect(both.0?.id == both.1?.id)
            #expect(fleet.lister.calls.count == 6)
            fleet.lister.respond { _ in .releases([]) }
            #expect(await ask(fleet, "b") != nil)
        }
    }

    @Test func `eight ids are held; a ninth is refused until one has not been wanted for a while`() async {
        let fleet = Fleet { _ in .releases([]) }
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            for chart in 0..<8 { #expect(await ask(fleet, "chart-\(chart)") != nil) }
            #expect(await ask(fleet, "chart-8") == nil)
            await fleet.pass(.seconds(60), step: .seconds(10))
            for chart in 1..<8 { #expect(await ask(fleet, "chart-\(chart)", maxAge: 1000) != nil) }
            #expect(await ask(fleet, "chart-8") == nil)
            await fleet.pass(.seconds(40), step: .seconds(10))
            #expect(await ask(fleet, "chart-8") != nil)
            #expect(fleet.inventory.counts.charts == 8)
            await fleet.pass(.seconds(200), step: .seconds(10))
            #expect(fleet.inventory.counts.charts == 0)
        }
    }

    @Test func `when all readers of a chart are gone what is only queued is not asked`() async {
        var limits = CallLimits()
        limits.maxInFlightPerHost = 1
        let fleet = Fleet(limits: limits) { $0.chartID == nil ? .releases([]) : .hang }
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            await settle()
            async let only = ask(fleet, "a", wait: 2)
            await eventually { fleet.lister.hanging.count == 1 && fleet.inventory.counts.waiting == 1 }
            fleet.time.advance(by: .seconds(2))
            _ = await only
            fleet.lister.respond { _ in .releases([]) }
            fleet.lister.answer(fleet.lister.hanging[0], .releases([]))
            await settle()
            #expect(fleet.lister.calls.filter { $0.chartID != nil }.count == 1)
        }
    }

    @Test func `readers of a chart who come and go leave nothing in the queues`() async {
        for answer in [ScriptedLister.Answer.hang, .failure(.unauthorized)] {
            var limits = CallLimits()
            limits.maxInFlightPerHost = 1
            let fleet = Fleet(limits: limits) { $0.chartID == nil ? .releases([]) : answer }
            fleet.inventory.update(clusters(3))
            await fleet.run {
                await eventually { fleet.lister.calls.count == 3 }
                await settle()
                for _ in 0..<10 {
                    async let reader = ask(fleet, "a", wait: 1)
                    await fleet.pass(.seconds(31))
                    _ = await reader
                    #expect(fleet.inventory.counts.queuedJobs == fleet.inventory.counts.queued)
                }
            }
        }
    }

    @Test func `a chart whose clusters are held back by their credential keeps no other chart out`() async {
        let fleet = Fleet { $0.chartID == nil ? .releases([]) : .failure(.unauthorized) }
        fleet.inventory.update(clusters(3))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            await settle()
            #expect(
                await ask(fleet, "a")?.entries.map { $0.standing.lastFailure?.reason }
                    == .init(
                        repeating: .unauthorized, count: 3))
            #expect(
                await ask(fleet, "b")?.entries.map { $0.standing.lastFailure?.reason }
                    == .init(
                        repeating: .unauthorized, count: 3))
        }
    }

    @Test func `a cluster that goes or comes shows in a chart's snapshot too`() async throws {
        let fleet = Fleet { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(3))
        try await fleet.run {
            await eventually { fleet.lister.calls.count == 3 }
            _ = await ask(fleet, "a")
            fleet.inventory.update([cluster(1), cluster(2), cluster(5)])
            let snapshot = try #require(await ask(fleet, "a"))
            #expect(snapshot.entries.map(\.cluster.id) == [id(1), id(2), id(5)])
            #expect(snapshot.entries.map { $0.part != nil } == [true, true, false])
        }
    }
}
