import Gateway
import GatewayTestKit
import Inbound
import Simulation
import Telemetry
import Testing

@Suite struct CounterTests {
    private static let settings = """
        upstream: { connectTimeout: 1s, timeout: 1500ms, deadline: 4s, retries: 1, maxCallsPerSecond: 0,
                    maxResponseBytes: 1MiB }
        inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

        """
    private static let faults: [SimulatedFault] = [
        .hang, .truncate, .status(403), .status(404), .throttledByGateway, .resourceLocked, .status(500),
        .status(503, .empty), .html200, .invalidUTF8, .hugeBody(byteCount: 3 << 20), .duplicateKeys,
    ]

    private func family(_ name: String) throws -> MetricFamily {
        try #require(GatewayMetrics.families.first { $0.name == "release_gateway_\(name)" })
    }

    /// Every fault at once, on a cluster each, and requests of every kind, some of whose readers leave.
    @Test func `all counters of a fault run add up`() async throws {
        let clusters = Self.faults.count + 4
        try await TestBed.withRunning(
            SimulationOptions(clusters: clusters, releases: 4), settings: Self.settings
        ) { bed in
            try await bed.ready()
            for (fault, cluster) in zip(Self.faults, bed.fleet.allClusters) {
                bed.fleet.setFault(fault, on: cluster.id)
            }
            var statuses: [Int: Int] = [:]
            for target in [
                "/releases?max_age=0&wait=6s", "/releases?max_age=0&wait=6s&view=full", "/releases?nonsense=1",
                "/nowhere",
                "/v1/clusters", "/v1/clusters/none", "/releases?require=all", "/readyz", "/v1/summary?group_by=status",
                "/releases?format=ndjson",
            ] {
                statuses[try await bed.get(target).status / 100, default: 0] += 1
            }
            // A body on GET is refused by the server itself; a reader who leaves is answered by nobody.
            let refused = try await RawClient.ask(
                "GET /releases HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\nx", port: bed.ports.main)
            statuses[refused.status / 100, default: 0] += 1
            try await onThread {
                let client = try RawClient(port: bed.ports.main)
                try client.send("GET /releases?max_age=0&wait=6s HTTP/1.1\r\nHost: test\r\n\r\n")
                client.closeNow()
            }
            let received = try family("http_requests_received_total")
            let durations = try family("http_request_duration_seconds")
            let cut = try family("http_requests_cut_total")
            let readings = try await eventually { () -> MetricReadings? in
                guard bed.gateway.counts?.isAtRest == true, bed.gateway.counts?.server.inFlight == 0 else { return nil }
                let readings = bed.gateway.readings
                guard readings.total(cut) >= 1 else { return nil }
                return readings.total(received) { $0 == ["main"] } == readings.total(durations) { $0[0] == "main" }
                    ? readings : nil
            }
            for (hundreds, count) in statuses where hundreds != 2 {  // probes before the run are 2xx and 503 too
                #expect(readings.total(durations) { $0[0] == "main" && $0[2] == "\(hundreds)xx" } >= Double(count))
            }
            #expect(readings.total(durations) { $0[1] == "other" && $0[2] == "4xx" } == 1)
            let started = try family("upstream_calls_started_total")
            let ended = try family("upstream_calls_total")
            #expect(readings.total(started) == readings.total(ended))
            #expect(readings.total(ended) == Double(bed.fleet.calls.total), "what we count is what the cloud saw")
            // Each fault but one is a failure, and has its reason.
            #expect(readings.total(ended) { $0[2] == "failure" } >= Double(Self.faults.count - 1))
            let reasons = [
                "timeout", "network", "forbidden_upstream", "not_found", "throttled", "locked", "upstream_5xx",
                "invalid_response", "too_large",
            ]
            for reason in reasons { #expect(readings.total(ended) { $0[3] == reason } >= 1, "\(reason)") }
            #expect(readings.total(ended) { $0[3] == "none" } == readings.total(ended) { $0[2] == "success" })
            #expect(readings.total(try family("upstream_retries_total")) >= 1)
            let bodies = readings.total(try family("upstream_bodies_total"))
            #expect(bodies == readings.total(ended) { $0[1] == "list_releases" && $0[2] == "success" })
            // One answer with unusable rows counts as received and as a failure of its cluster alone.
            let states = readings.total(try family("clusters"))
            #expect(states == Double(clusters))
        }
    }
}
