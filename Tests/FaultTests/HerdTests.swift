import Gateway
import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Testing

/// Many readers, many clusters, one of them hung.
@Suite struct HerdTests {
    @Test func `one hung cluster of 500 is named, and the others are fresh`() async throws {
        // The hung one takes all of its time; the others get what a busy machine may take.
        let settings = """
            upstream: { timeout: 5s, deadline: 6s, retries: 0, maxCallsPerSecond: 0, maxInFlight: 256,
                        maxInFlightPerHost: 256 }
            inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

            """
        try await TestBed.withRunning(
            SimulationOptions(clusters: 500, releases: 4, valuesBytes: 100), settings: settings
        ) { bed in
            try await bed.ready()
            let hung = bed.fleet.allClusters[217].id
            bed.fleet.setFault(.hang, on: hung)
            let answer = try await bed.getJSON("/releases?max_age=0&wait=20s&page_size=1")
            let coverage = answer["coverage"]
            #expect(coverage?["targeted"]?.integer == 500)
            #expect(coverage?["fresh"]?.integer == 499)
            #expect(coverage?["stale"]?.integer == 1)
            let named = coverage?["clusters"]?.array ?? []
            #expect(named.map { $0["cluster_id"]?.string } == [hung.text])
            #expect(named.first?["reason"]?.string == "timeout")
            #expect(answer["total_size"]?.integer == Int64(bed.fleet.allKeys.count), "its last good rows stay")
        }
    }

    @Test(arguments: [true, false])
    func `1,000 cold requests at once, for one page or for as many, ask no cluster twice`(
        areEqual: Bool
    ) async throws {
        var options = SimulationOptions(clusters: 40, releases: 5, valuesBytes: 100)
        options.latency = .milliseconds(200)
        try await TestBed.withRunning(options, server: "maxConnections: 2000") { bed in
            let totals = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for number in 0..<1000 {
                    // All find the same rows, each by a filter and a page of its own.
                    let own = areEqual ? "" : "&name=!none\(number)&page_size=\(number % 500 + 1)"
                    group.addTask {
                        try await bed.getJSON("/releases?max_age=1h&wait=20s\(own)")["total_size"]?.integer
                    }
                }
                return try await group.reduce(into: Set<Int64?>()) { $0.insert($1) }
            }
            #expect(totals == [Int64(bed.fleet.allKeys.count)])
            #expect(bed.fleet.calls.perCluster.count == 40)
            #expect(bed.fleet.calls.perCluster.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `calls in flight stay within maxInFlight`() async throws {
        var options = SimulationOptions(clusters: 120, releases: 2, valuesBytes: 0)
        options.latency = .milliseconds(20)
        let settings = """
            upstream: { maxInFlight: 17, maxInFlightPerHost: 17, maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

            """
        try await TestBed.withRunning(options, settings: settings) { bed in
            let answer = try await bed.getJSON("/releases?max_age=0&wait=20s&page_size=1")
            #expect(answer["coverage"]?["fresh"]?.integer == 120)
            #expect((1...17).contains(bed.fleet.calls.peakInFlight))
        }
    }

    @Test func `after readers who leave and clusters that hang nothing is left`() async throws {
        // The hung ones take all of it.
        let settings = """
            upstream: { timeout: 3s, deadline: 4s, retries: 0, maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

            """
        try await TestBed.withRunning(
            SimulationOptions(clusters: 20, releases: 2, valuesBytes: 0), settings: settings
        ) { bed in
            try await bed.ready()
            bed.fleet.setFault(.hang, on: .everyCluster)
            for _ in 0..<20 {
                try await onThread {
                    let client = try RawClient(port: bed.ports.main)
                    try client.send("GET /releases?max_age=0&wait=20s HTTP/1.1\r\nHost: test\r\n\r\n")
                    client.closeNow()
                }
            }
            _ = try await bed.getJSON("/releases?max_age=0&wait=1s")
            _ = try await eventually { bed.gateway.counts?.isAtRest == true ? true : nil }
        }
    }
}
