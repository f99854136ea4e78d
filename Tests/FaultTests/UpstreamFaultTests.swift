import Gateway
import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Testing

/// One spoilt cluster among good ones: what the reader is told of it, and that the others are none the worse.
@Suite struct UpstreamFaultTests {
    static let faults: [(SimulatedFault, reason: Reason)] = [
        (.hang, .timeout), (.hangMidBody, .timeout), (.drip, .timeout), (.truncate, .network),
        (.status(400), .rejected), (.status(401), .unauthorized), (.status(403), .forbiddenUpstream),
        (.status(404), .notFound), (.status(409), .rejected),
        (.throttledByGateway, .throttled), (.throttledByService, .throttled), (.resourceLocked, .locked),
        (.status(500), .upstream5xx), (.status(502, .html), .upstream5xx), (.status(503, .empty), .upstream5xx),
        (.status(504), .upstream5xx),
        (.html200, .invalidResponse), (.empty200, .invalidResponse), (.noContent, .invalidResponse),
        (.redirect, .invalidResponse), (.object, .invalidResponse), (.wrongThings, .invalidResponse),
        (.invalidUTF8, .invalidResponse), (.deepNesting, .invalidResponse), (.hugeBody(byteCount: 3 << 20), .tooLarge),
    ]
    /// Faults that end by the time limit have a short one; the others end by themselves, and get what a busy machine
    /// may take.
    private static func settings(timeout: String) -> String {
        """
        upstream: { connectTimeout: 1s, timeout: \(timeout), deadline: 25s, retries: 0, maxCallsPerSecond: 0,
                    maxResponseBytes: 1MiB }
        inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

        """
    }

    @Test(arguments: faults)
    func `a spoilt answer is a named reason and keeps the last good rows`(
        fault: SimulatedFault, reason: Reason
    ) async throws {
        try await TestBed.withRunning(
            SimulationOptions(clusters: 6, releases: 5, valuesBytes: 50),
            settings: Self.settings(timeout: reason == .timeout ? "1500ms" : "20s")
        ) { bed in
            try await bed.ready()
            let before = try await bed.getJSON("/releases?page_size=500")
            let spoilt = bed.fleet.allClusters[2].id
            bed.fleet.setFault(fault, on: spoilt)
            let after = try await bed.getJSON("/releases?page_size=500&max_age=0&wait=28s")
            let entry = after["coverage"]?["clusters"]?.array?.first { $0["cluster_id"]?.string == spoilt.text }
            #expect(entry?["state"]?.string == "stale")
            #expect(entry?["reason"]?.string == reason.rawValue)
            // A refused key goes for every cluster behind it.
            if reason != .unauthorized { #expect(after["coverage"]?["fresh"]?.integer == 5) }
            #expect(Self.rows(after) == Self.rows(before), "no row comes or goes because a call failed")
            bed.fleet.clearFaults()
            _ = try await eventually { bed.gateway.counts?.isAtRest == true ? true : nil }
        }
    }

    @Test(arguments: [SimulatedFault.nestedArray, .duplicateKeys])
    func `what can be read is read`(fault: SimulatedFault) async throws {
        try await TestBed.withRunning(
            SimulationOptions(clusters: 3, releases: 5, valuesBytes: 50), settings: Self.settings(timeout: "20s")
        ) { bed in
            try await bed.ready()
            bed.fleet.setFault(fault, on: bed.fleet.allClusters[0].id)
            let answer = try await bed.getJSON("/releases?page_size=500&max_age=0&wait=28s")
            #expect(answer["coverage"]?["fresh"]?.integer == 3)
            #expect(answer["complete"]?.boolean == (fault == .nestedArray), "a row left out is not complete")
        }
    }

    /// Identities and contents without the mark of staleness.
    private static func rows(_ page: JSONValue) -> [String] {
        (page["items"]?.array ?? []).map { item in
            (item.members ?? []).filter { $0.name != "stale" }.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }
    }
}
