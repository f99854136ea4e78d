import Foundation
import Gateway
import GatewayTestKit
import ReleaseModel
import Settings
import Simulation
import Testing

@Suite struct ProbeTests {
    @Test func `the probe asks each cluster once and tells how each stands`() async throws {
        try await Harness.run(clusters: 4) { harness in
            try await harness.ready()
            let clusters = harness.fleet.allClusters
            harness.fleet.setFault(.status(500), on: clusters[0].id)
            harness.fleet.setPhase("Hibernation", of: clusters[1].id)
            harness.fleet.resetCalls()
            let source = try harness.source(harness.configText("", usesDiscovery: true))
            let result = try await Probe(source.load(), secrets: source.secrets, logger: harness.log.logger).run()
            #expect(!result.allAnswered)
            func line(_ index: Int) -> String { result.table.first { $0.contains(clusters[index].id.text) } ?? "" }
            #expect(line(0).contains("upstream_5xx"))
            #expect(line(1).contains("skipped: hibernated"))
            #expect(line(2).contains(" ok "))
            #expect(line(3).contains(" ok "))
            for index in [0, 2, 3] { #expect(harness.fleet.calls.perCluster[clusters[index].id] == 1) }

            harness.fleet.clearFaults()
            let again = try await Probe(source.load(), secrets: source.secrets, logger: harness.log.logger).run()
            #expect(again.allAnswered)
        }
    }
}
