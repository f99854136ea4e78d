import GatewayTestKit
import JSON
import Simulation
import Testing

/// Faults that are there before the first call.
@Suite struct ColdFaultTests {
    private static let options = SimulationOptions(clusters: 3, releases: 5, valuesBytes: 0)

    @Test func `no usable answer at all is 503 and says what is missing`() async throws {
        let spoil: @Sendable (SimulatedFleet) -> Void = { $0.setFault(.empty200, on: .everyCluster) }
        try await TestBed.withRunning(Self.options, cloud: spoil) { bed in
            try await bed.ready()
            let answer = try await bed.get("/releases")
            #expect(answer.status == 503)
            let problem = try JSONValue.parse(answer.body)
            #expect(problem["code"]?.string == "no_data")
            #expect(problem["coverage"]?["missing"]?.integer == 3)
            #expect(problem["items"] == nil)
        }
    }

    @Test func `one dead cluster of three is missing from a partial answer`() async throws {
        let spoil: @Sendable (SimulatedFleet) -> Void = { $0.setFault(.object, on: $0.allClusters[1].id) }
        try await TestBed.withRunning(Self.options, cloud: spoil) { bed in
            try await bed.ready()
            let answer = try await bed.getJSON("/releases?page_size=500")
            #expect(answer["complete"]?.boolean == false)
            #expect(answer["coverage"]?["missing"]?.integer == 1)
            #expect(answer["coverage"]?["clusters"]?.array?.first?["reason"]?.string == "invalid_response")
            let strict = try await bed.get("/releases?require=all")
            #expect(strict.status == 503)
            #expect(strict.field("retry-after") != nil)
        }
    }
}
