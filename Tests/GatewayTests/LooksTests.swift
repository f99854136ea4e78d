import GatewayTestKit
import Simulation
import Testing
import Timing

@testable import Gateway

/// A gateway is looked at for months: by scrapes every few seconds, by tests in a tight loop.
@Suite struct LooksTests {
    @Test func `looking at a gateway costs the millionth time what it costs the first`() async throws {
        try await TestBed.withRunning(SimulationOptions(clusters: 1, releases: 1, valuesBytes: 0)) { bed in
            // Each would add a frame to the stack of the next.
            for _ in 0..<200_000 { #expect(bed.gateway.counts != nil) }
        }
    }
    @Test func `so does a page of metrics`() throws {
        let telemetry = GatewayTelemetry(GatewayConfig(), time: ManualTime())
        let looks = ManualTime()
        telemetry.include { _ in looks.advance(by: .seconds(1)) }
        for _ in 0..<100_000 { _ = telemetry.readings }
        #expect(looks.uptime - ManualTime().uptime == .seconds(100_000))
    }
}
