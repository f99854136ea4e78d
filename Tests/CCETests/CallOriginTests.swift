import GatewayTestKit
import Outbound
import ReleaseModel
import Signing
import Telemetry
import Testing
import Timing

@testable import CCE

@Suite struct CallOriginTests {
    private let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

    private func client(_ transport: ScriptedTransport, metrics: UpstreamMetrics? = nil) -> CCEClient {
        CCEClient(
            transport: transport, credentials: FixedCredentials(), time: time, values: .redact, version: "1",
            metrics: metrics)
    }
    private func list(_ client: CCEClient) async throws -> ListedReleases {
        try await client.listReleases(of: makeTarget(), chartID: nil, timeout: .seconds(1), unlessHashed: nil)
            .read { nil }
    }

    @Test func `whose call it is goes out unsigned`() async throws {
        let transport = ScriptedTransport([answer(200, "[]")])
        let trace = try #require(TraceContext([("traceparent", Self.parent), ("tracestate", "v=1")]))
        await CallOrigin.$current.withValue(CallOrigin(requestID: "mine", trace: trace)) {
            _ = try? await list(client(transport))
        }
        let sent = try #require(transport.sent.first)
        #expect(sent.field("X-Request-Id") == "mine")
        #expect(sent.field("traceparent") == Self.parent && sent.field("tracestate") == "v=1")
        let signature = try #require(sent.field("Authorization"))
        #expect(signature.contains("SignedHeaders=content-type;host;user-agent;x-project-id;x-sdk-date,"))
    }

    @Test func `what nobody asked for says nothing of anybody`() async throws {
        let transport = ScriptedTransport([answer(200, "[]")])
        _ = try await list(client(transport))
        let names = try #require(transport.sent.first).request.fields.map { $0.name.lowercased() }
        #expect(!names.contains { ["x-request-id", "traceparent", "tracestate"].contains($0) })
    }

    @Test(
        arguments: [
            (answer(200, "[]"), "success", "none"), (answer(200, "{}"), "failure", "invalid_response"),
            (answer(429, "{}"), "failure", "throttled"), (.failure(TransportError(.timeout)), "failure", "timeout"),
            (.failure(TransportError(.cancelled)), "cancelled", "pending"),
        ] as [(ScriptedTransport.Answer, String, String)])
    func `a call has one outcome`(answer: ScriptedTransport.Answer, outcome: String, reason: String) async {
        let registry = MetricRegistry(UpstreamMetrics.families)
        let client = client(ScriptedTransport([answer]), metrics: UpstreamMetrics(registry))
        _ = try? await list(client)
        let labels = ["cce.cn-north-4.myhuaweicloud.com", "list_releases"]
        #expect(registry.readings.value(UpstreamMetrics.started, labels) == 1)
        #expect(registry.readings.value(UpstreamMetrics.ended, labels + [outcome, reason]) == 1)
        #expect(registry.readings.total(UpstreamMetrics.ended) == 1)
        #expect(registry.readings.total(UpstreamMetrics.duration) == 1)
    }

    @Test func `a call whose key was replaced is counted as not sent`() async {
        let registry = MetricRegistry(UpstreamMetrics.families)
        let client = CCEClient(
            transport: ScriptedTransport([]), credentials: FixedCredentials(credential: nil), time: time,
            values: .redact, version: "1", metrics: UpstreamMetrics(registry))
        _ = try? await list(client)
        #expect(registry.readings.total(UpstreamMetrics.ended) { $0[2] == "unsent" } == 1)
        #expect(registry.readings.total(UpstreamMetrics.duration) == 0, "nothing was sent")
    }

    @Test func `endpoints beyond the limit are counted together`() {
        let registry = MetricRegistry(UpstreamMetrics.families)
        let metrics = UpstreamMetrics(registry)
        for number in 0..<70 { metrics.start(.listReleases, at: "https://e\(number).example") }
        #expect(registry.readings.value(UpstreamMetrics.started, ["e63.example", "list_releases"]) == 1)
        #expect(registry.readings.value(UpstreamMetrics.started, ["other", "list_releases"]) == 6)
    }
}
