import Credentials
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct DayTests {
    /// Calls go out all the time while a renewal takes two seconds; for two minutes in each hour and a half all fail.
    /// Longer is not survived by each: one that is renewed at 75 % has 225 s left, and the last pause may take 60 s.
    @Test func `a 15-minute credential serves 500 clusters for a day without a failed call`() async throws {
        let bed = Bed(
            Bed.settings(.agency(AgencyConfig(from: "base", urn: SimulatedIdentity.Accounts().agency))),
            lifetime: .seconds(900), latency: .seconds(2))
        _ = bed.store.reload()
        let (failed, calls) = try await bed.run { () async throws -> (Int, Int) in
            _ = try await eventually { () -> Bool? in
                if bed.store.credential(named: "a") != nil { return true }
                if bed.time.sleeping > 0 { bed.time.advance(by: .seconds(1)) }
                return nil
            }
            var (failed, calls) = (0, 0)
            let step = 5
            for moment in stride(from: 0, to: 86_400, by: step) {
                // Each cluster once a minute.
                for cluster in 0..<500 where cluster % (60 / step) == moment / step % (60 / step) {
                    calls += 1
                    if bed.store.credential(named: "a").map(bed.identity.accepts) != true { failed += 1 }
                }
                bed.identity.setFault((moment / 900) % 6 == 5 && moment % 900 > 780 ? .status(503) : nil)
                _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
                bed.time.advance(by: .seconds(step))
            }
            return (failed, calls)
        }
        #expect(failed == 0)
        #expect(calls == 500 * 1440)
        #expect(bed.transport.peakInFlight == 1)
        let counts = try bed.reading().counts
        #expect((130...160).contains(counts.renewals), "\(counts.renewals) renewals")
        #expect(counts.changes == counts.renewals)
    }
}
