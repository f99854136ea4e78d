import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

/// The process is stopped with calls in flight: when it goes on, all their deadlines are past, and every cluster is due.
@Suite struct StandstillTests {
    private static let count = 120
    private static var limits: CallLimits {
        var limits = CallLimits.unpaced
        limits.retries = 0
        (limits.maxInFlight, limits.maxInFlightPerHost) = (count, count)
        return limits
    }

    @Test(arguments: [CallFailure.timedOut, .reset], [true, false])
    func `what ends in a standstill opens no breaker and labels no row, and is asked again, not all at once`(
        ending: CallFailure, isNoticed: Bool
    ) async {
        let standstills = Lock(0)
        let isUp = Lock(true)
        let fleet = Fleet(
            limits: Self.limits, script: { _ in isUp.withLock { $0 } ? .releases([row("a")]) : .hang },
            standstills: { standstills.withLock { $0 } })
        fleet.inventory.update(clusters(Self.count))
        await fleet.run {
            await eventually { (0..<Self.count).allSatisfy { fleet.rows(id($0)) != nil } }
            await fleet.quiet()
            isUp.withLock { $0 = false }
            await fleet.pass(.seconds(90)) { fleet.lister.hanging.count >= 30 }
            let hanging = fleet.lister.hanging
            #expect(hanging.count >= 30)
            isUp.withLock { $0 = isNoticed }
            // Stopped here; and on again.
            if isNoticed { standstills.withLock { $0 = 1 } }
            fleet.time.advance(by: .seconds(30))
            for call in hanging { fleet.lister.answer(call, .failure(ending)) }
            func failing() -> [Int] { (0..<Self.count).filter { fleet.state(id($0))?.standing.lastFailure != nil } }
            // The reports come in one by one, and are published after that.
            await eventually {
                isNoticed
                    ? fleet.inventory.counts.unfinished == 0
                    : fleet.inventory.endpoints[0].circuit != nil && !failing().isEmpty
            }
            let isOpen = fleet.inventory.endpoints.contains { $0.circuit != nil }
            #expect(isOpen == !isNoticed, "without notice it is a breakdown like any other")
            #expect(failing().isEmpty == isNoticed)
            guard isNoticed else {
                for call in fleet.lister.hanging { fleet.lister.answer(call, .failure(ending)) }
                return
            }
            let before = fleet.lister.calls.count
            await fleet.pass(.seconds(40))
            let after = fleet.lister.calls.dropFirst(before)
            #expect(Set(after.map(\.cluster)).count == Self.count, "nobody is forgotten")
            let moments = Dictionary(grouping: after, by: { $0.sentUptime.components.seconds })
            #expect(moments.values.allSatisfy { $0.count <= 40 }, "\(moments.mapValues(\.count))")
        }
    }
}
