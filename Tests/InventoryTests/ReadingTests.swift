import Columns
import GatewayTestKit
import Glibc
import Platform
import ReleaseModel
import Testing
import Timing

@testable import Inventory

/// Answers are read behind the calls, on threads of their own.
@Suite struct ReadingTests {
    /// Keeps the one thread of `pool` busy until the descriptor given back is closed.
    private func hold(_ pool: WorkPool) async throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        let entrance = ends[0]
        let isTaken = pool.submit {
            var byte: UInt8 = 0
            _ = unsafe read(entrance, &byte, 1)
            close(entrance)
        }
        #expect(isTaken)
        await eventually { pool.counts.running == 1 && pool.counts.queued == 0 }
        return ends[1]
    }

    /// Runs `body` where all clusters have answered once, so that their credential is known to be good, the pool is held,
    /// and the next round of calls is about to begin. Every answer is another one than that before.
    private func beforeSecondRound(
        clusters count: Int, limits: CallLimits = CallLimits(), queueLimit: Int = 16,
        _ body: (Fleet, _ letGo: () -> Void) async throws -> Void
    ) async throws {
        let pool = WorkPool(named: "reading", standing: .soon, threads: 1, queueLimit: queueLimit)
        let fleet = Fleet(limits: limits, readers: pool) { .releases([row("v\($0.number)")]) }
        fleet.inventory.update(clusters(count))
        try await fleet.run {
            await eventually {
                fleet.lister.calls.count == count && fleet.inventory.counts.unfinished == 0
            }
            let exit = try await hold(pool)
            fleet.time.advance(by: .seconds(200))
            try await body(fleet) { close(exit) }
            await eventually { fleet.inventory.counts.unfinished == 0 }
        }
    }
    private var oneAtATime: CallLimits {
        var limits = CallLimits()
        limits.maxInFlight = 1
        return limits
    }

    @Test func `the next call starts when an answer has arrived, not when it is read`() async throws {
        try await beforeSecondRound(clusters: 3, limits: oneAtATime) { fleet, letGo in
            await eventually { fleet.inventory.counts.reading == 3 }
            #expect(fleet.lister.peakInFlight == 1 && fleet.inventory.counts.inFlight == 0)
            let before = fleet.lister.calls.prefix(3)
            for call in before { #expect(fleet.rows(call.cluster) == ["v\(call.number)"]) }
            letGo()
            await eventually { fleet.inventory.counts.unfinished == 0 }
            for call in fleet.lister.calls.dropFirst(3) { #expect(fleet.rows(call.cluster) == ["v\(call.number)"]) }
        }
    }

    @Test func `a cluster whose answer is not read yet is not asked again`() async throws {
        try await beforeSecondRound(clusters: 1) { fleet, letGo in
            await eventually { fleet.inventory.counts.reading == 1 }
            fleet.time.advance(by: .seconds(20))
            let asked = fleet.time.uptime
            async let done: Void = fleet.inventory.refresh(
                [id(0)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(60))
            await eventually { fleet.inventory.counts.waiting == 1 }
            await settle()
            #expect(fleet.lister.calls.count == 2)
            letGo()
            await done
            #expect(fleet.lister.calls.count == 3, "what was read was sent before the reader asked")
        }
    }

    @Test func `where as many answers wait as may, the call's own task reads`() async throws {
        try await beforeSecondRound(clusters: 3, limits: oneAtATime, queueLimit: 1) { fleet, letGo in
            await eventually { fleet.inventory.counts.inFlight == 0 && fleet.inventory.counts.reading == 1 }
            let new = fleet.lister.calls.dropFirst(3).filter { fleet.rows($0.cluster) == ["v\($0.number)"] }
            #expect(new.map(\.number) == [4, 5])
            letGo()
        }
    }

    @Test func `rows are shown before their values are masked, and weighed after`() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        let (entrance, exit) = (ends[0], ends[1])
        var builder = ClusterPartBuilder(capacity: 1) { text in
            var byte: UInt8 = 0
            _ = unsafe read(entrance, &byte, 1)
            close(entrance)
            return Array(copying: text)
        }
        builder.append(row("a"))
        let values: [UInt8] = Array("{}".utf8)
        builder.set(.values, raw: values.span)
        let part = ClusterPart(
            builder, order: [0], rowHashes: [1], contentHash: .zero, dropped: 0, repaired: 0)
        let pool = WorkPool(named: "reading", standing: .soon, threads: 1, queueLimit: 16)
        let fleet = Fleet(readers: pool) { _ in .part(part) }
        fleet.inventory.update(clusters(1))
        await fleet.run {
            await eventually { fleet.rows(id(0)) == ["a"] }
            #expect(!part.isHeavyMade && fleet.inventory.counts.rawBytes == 2)
            #expect(fleet.inventory.counts.heavyBytes == 0)
            let shown = fleet.inventory.current
            close(exit)
            await eventually { fleet.inventory.counts.rawBytes == 0 }
            #expect(part.isHeavyMade && fleet.inventory.counts.heavyBytes == part.heavy.frameByteCount)
            #expect(fleet.inventory.current?.id == shown?.id)
        }
    }

    @Test func `values are left alone while somebody waits for other clusters`() async throws {
        let pool = WorkPool(named: "reading", standing: .soon, threads: 1, queueLimit: 16)
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let fleet = Fleet(config: config, readers: pool) { _ in .releases([row("old")]) }
        fleet.inventory.update(clusters(2))
        await fleet.run {
            await eventually { fleet.lister.calls.count == 2 && fleet.inventory.counts.unfinished == 0 }
            fleet.time.advance(by: .milliseconds(1))
            // The first answers at once, the second not before it is told to.
            fleet.lister.respond { call in call.cluster == id(0) ? .part(.unmasked()) : .hang }
            let asked = fleet.time.uptime
            async let done: Void = fleet.inventory.refresh(
                [id(0), id(1)], maxAge: .zero, askedAt: asked, deadline: asked + .seconds(60))
            await eventually {
                fleet.lister.hanging.count == 1 && fleet.inventory.counts.unfinished == 1
                    && fleet.inventory.counts.rawBytes == 2
            }
            await settle()
            #expect(fleet.inventory.counts.rawBytes == 2 && pool.counts == WorkPool.Counts())
            for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([row("b")])) }
            await done
            await eventually { fleet.inventory.counts.rawBytes == 0 }
        }
    }

    @Test func `what is published raw is bounded, for one part and for all`() {
        let fleet = Fleet()
        var state = InventoryState(
            config: fleet.inventory.config, limits: fleet.inventory.limits, gates: fleet.inventory.gates,
            endpoint: { _ in nil }, random: SystemRandomNumberGenerator(), now: .zero)
        let most = InventoryState.rawLimitOfPart
        let fits = [most + 1, most, most, most, most, most, most, most, most, 1].map { state.admit(rawBytes: $0) }
        #expect(fits == [false] + Array(repeating: true, count: 8) + [false])
        #expect(state.rawBytes == InventoryState.rawLimit)
    }

    @Test func `what is read after the end changes nothing`() async throws {
        let pool = WorkPool(named: "reading", standing: .soon, threads: 1, queueLimit: 16)
        let exit = try await hold(pool)
        let fleet = Fleet(readers: pool) { _ in .releases([row("a")]) }
        fleet.inventory.update(clusters(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await fleet.inventory.run() }
            await eventually { fleet.inventory.counts.reading == 1 }
            group.cancelAll()
        }
        close(exit)
        await eventually { fleet.inventory.counts.unfinished == 0 }
        #expect(fleet.rows(id(0)) == nil)
    }
}

extension ClusterPart {
    /// The row `a` with values that are not masked yet.
    fileprivate static func unmasked() -> ClusterPart {
        var builder = ClusterPartBuilder(capacity: 1)
        builder.append(row("a"))
        let values: [UInt8] = Array("{}".utf8)
        builder.set(.values, raw: values.span)
        return ClusterPart(
            builder, order: [0], rowHashes: [1], contentHash: .zero, dropped: 0, repaired: 0)
    }
}
