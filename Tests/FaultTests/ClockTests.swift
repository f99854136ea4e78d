import Gateway
import GatewayTestKit
import JSON
import Simulation
import Telemetry
import Testing

/// The cloud's clock is elsewhere than ours: it judges signatures by its own and refuses what is 15 minutes away.
@Suite struct ClockTests {
    @Test(arguments: [(840, 0), (-840, 0), (1200, 1), (-1200, 1), (86_400, 1)])
    func `calls succeed after at most one refusal, and the difference is shown`(
        skew: Int, refusals: Int
    ) async throws {
        let options = SimulationOptions(clusters: 20, releases: 3, valuesBytes: 0)
        let cloud: @Sendable (SimulatedFleet) -> Void = { fleet in
            fleet.setFault(.clockSkew(.seconds(skew)), on: .everyCluster)
        }
        try await TestBed.withRunning(options, cloud: cloud) { bed in
            let answer = try await bed.getJSON("/releases?max_age=0&wait=25s&page_size=1")
            #expect(answer["coverage"]?["fresh"]?.integer == 20)
            #expect(answer["total_size"]?.integer == Int64(bed.fleet.allKeys.count))
            #expect(bed.fleet.calls.badSignatures.values.reduce(0, +) == refusals)

            let clusters = try await bed.getJSON("/v1/clusters")["items"]?.array ?? []
            let offsets = clusters.compactMap { $0["clock_offset_seconds"]?.integer }
            #expect(offsets.count == 20)
            #expect(offsets.allSatisfy { abs(Int($0) - skew) <= 5 })
            let gauge = try #require(
                GatewayMetrics.families.first { $0.name == "release_gateway_upstream_clock_offset_seconds" })
            #expect(abs(bed.gateway.readings.total(gauge) - Double(skew)) <= 5)
        }
    }
}
