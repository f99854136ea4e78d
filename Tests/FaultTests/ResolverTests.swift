import GatewayTestKit
import JSON
import Testing

/// A resolver that does not answer takes all clusters of its endpoint away at once.
@Suite(.timeLimit(.minutes(2))) struct ResolverTests {
    private static let clusters = 8

    @Test func `a name without an answer opens the endpoint's circuit, and none of its clusters'`() async throws {
        let name = "endpoint.lookup.test"
        SlowLookups.fail(name)
        let good = try RawPeer(answering: Fault.rows)
        try await RunningGateway.with(
            Self.settings(name, good.origin), environment: FaultyCloud.environment
        ) { running in
            try await running.ready()
            func clusters() async throws -> [JSONValue] {
                let all = try await running.getJSON("/v1/clusters?page_size=500")["items"]?.array ?? []
                return all.filter { $0["cluster_id"]?.string?.hasPrefix("lost-") == true }
            }
            let seen = try await eventually {
                _ = try await running.getJSON("/releases?page_size=1&max_age=0&wait=5s")
                let seen = try await clusters()
                return seen.allSatisfy { $0["circuit"]?["state"]?.string != nil } ? seen : nil
            }
            #expect(seen.count == Self.clusters)
            #expect(seen.allSatisfy { $0["circuit"]?["scope"]?.string == "endpoint" })
            let asked = SlowLookups.begun(name)
            let page = try await running.getJSON("/releases?page_size=500&coverage=all&max_age=0&wait=5s")
            #expect(SlowLookups.begun(name) <= asked + 1, "nobody's wish is a call, but for one probe")
            let coverage = page["coverage"]?["clusters"]?.array ?? []
            let lost = coverage.filter { $0["cluster_id"]?.string?.hasPrefix("lost-") == true }
            #expect(lost.count == Self.clusters)
            #expect(lost.allSatisfy { $0["state"]?.string == "missing" && $0["reason"]?.string == "network" })
            #expect(page["coverage"]?["fresh"]?.integer == 1)
            let names = page["items"]?.array?.compactMap { $0["name"]?.string }
            #expect(names == Fault.names)
            try await running.atRest()
        }
        good.stop()
    }

    private static func settings(_ name: String, _ good: String) -> String {
        var text = """
            upstream: { connectTimeout: 20s, timeout: 20s, deadline: 25s, retries: 1, maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 24h, maxAge: 25h, staleLimit: 48h, minRefreshInterval: 0s }
            credentials:
              - { name: k, accessKey: {env: FAKE_AK}, secretKey: {env: FAKE_SK} }
            regions:
              - { id: lost, cceEndpoint: "https://\(name)", iamEndpoint: "\(good)" }
              - { id: good, cceEndpoint: "\(good)", iamEndpoint: "\(good)" }
            clusters:
              - { id: good, name: good, region: good, projectId: p, credential: k }

            """
        for number in 0..<clusters {
            text += "  - { id: lost-\(number), name: lost-\(number), region: lost, projectId: p, credential: k }\n"
        }
        return text
    }
}
