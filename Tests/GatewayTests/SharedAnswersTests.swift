import API
import Gateway
import GatewayTestKit
import JSON
import Simulation
import Testing

/// Over real sockets.
@Suite struct SharedAnswersTests {
    @Test func `a herd that asks the same is sent one body`() async throws {
        let options = SimulationOptions(clusters: 20, releases: 30, valuesBytes: 0, seed: 7)
        try await TestBed.withRunning(options) { bed in
            try await bed.ready()
            // Nothing is refreshed any more, so there is one snapshot.
            let target = "/releases?page_size=500&facets=status&coverage=all"
            let before = try #require(bed.gateway.counts).pages.shared
            let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<100 { group.addTask { try await bed.get(target).body } }
                var bodies: Set<[UInt8]> = []
                for try await body in group { bodies.insert(body) }
                return bodies
            }
            #expect(bodies.count <= 4)
            let after = try #require(bed.gateway.counts).pages.shared
            // Those that came before the first was made, at most one on each of the server's threads.
            #expect(after.made - before.made <= 4)
            #expect(after.hits - before.hits >= 96)
            let page = try JSONValue.parse(try #require(bodies.first))
            #expect(page["total_size"]?.integer == 600)
        }
    }
}
