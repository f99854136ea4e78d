import Gateway
import GatewayTestKit
import Testing

@Suite struct RequestLogTests {
    @Test func `a request is logged by its route and its name, never by its path or its question`() async throws {
        try await Harness.run(clusters: 1, settings: "logging: { requestRatio: 1 }\n") { harness in
            try await harness.ready()
            _ = try await RawClient.ask(
                "GET /v1/releases/c-none/secret-space/secret-name?view=full HTTP/1.1\r\nHost: test\r\n"
                    + "Connection: close\r\nX-Request-Id: mine-1\r\n\r\n", port: harness.ports.main)
            let line = try await eventually { harness.log.all.first { $0.contains("request_id=mine-1") } }
            #expect(line.hasPrefix("info request "))
            #expect(line.contains("route=/v1/releases/{cluster_id}/{namespace}/{name}") && line.contains("status=404"))
            #expect(!harness.log.all.contains { $0.contains("secret") })
        }
    }

    @Test func `a reload changes which requests are logged`() async throws {
        try await Harness.run(clusters: 1) { harness in
            try await harness.ready()
            _ = try await harness.get("/v1/fields")
            #expect(!harness.log.all.contains { $0.contains("route=/v1/fields") })
            try harness.reconfigure(harness.configText("logging: { slowRequests: 1ms, requestRatio: 1 }\n"))
            _ = try await eventually {
                _ = try await harness.get("/v1/fields")
                return harness.log.all.contains { $0.contains("route=/v1/fields") } ? true : nil
            }
        }
    }
}
