import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Testing

/// Counts over real sockets are those of the fleet.
@Suite struct CountTests {
    private static func counts(_ items: JSONValue?, _ names: [String]) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for item in items?.array ?? [] {
            counts[names.map { item[$0]?.string ?? "null" }.joined(separator: " "), default: 0] +=
                item["count"]?.integer ?? 0
        }
        return counts
    }

    @Test func `facets, summaries and values count what the fleet holds, without a cluster that fails`() async throws {
        let seed = testSeed()
        let options = SimulationOptions(clusters: 30, releases: 40, valuesBytes: 0, seed: seed)
        let breakOne: @Sendable (SimulatedFleet) -> Void = { $0.setFault(.status(403), on: $0.allClusters[3].id) }
        try await TestBed.withRunning(options, cloud: breakOne) { bed in
            let broken = bed.fleet.allClusters[3].id
            _ = try await bed.getJSON("/releases?max_age=0&wait=20s&page_size=1")
            let rows = bed.fleet.allClusters.filter { $0.id != broken }.flatMap { bed.fleet.releases(of: $0.id) }
            func naive(_ key: (SimulatedRelease) -> String) -> [String: Int64] {
                Dictionary(grouping: rows, by: key).mapValues { Int64($0.count) }
            }
            let page = try await bed.getJSON("/releases?facets=status,chart_name&page_size=1")
            #expect(page["complete"] == .boolean(false))
            #expect(Self.counts(page["facets"]?["status"], ["value"]) == naive(\.status), "seed \(seed)")
            #expect(Self.counts(page["facets"]?["chart_name"], ["value"]) == naive(\.chart.name))
            let summary = try await bed.getJSON("/v1/summary?group_by=namespace,status&page_size=500")
            #expect(Self.counts(summary["items"], ["namespace", "status"]) == naive { "\($0.namespace) \($0.status)" })
            #expect(summary["total_count"]?.integer == Int64(rows.count))
            #expect(summary["coverage"]?["missing"]?.integer == 1)
            let values = try await bed.getJSON("/v1/fields/status/values?prefix=pend&page_size=500")
            #expect(
                Self.counts(values["items"], ["value"]) == naive(\.status).filter { $0.key.hasPrefix("PEND") })
        }
    }
}
