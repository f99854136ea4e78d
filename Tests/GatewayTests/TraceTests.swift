import Gateway
import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Testing

@Suite struct TraceTests {
    private struct Span {
        let name: String
        let id: String
        let trace: String
        let parent: String?
        let attributes: [String: String]

        init(_ value: JSONValue) {
            name = value["name"]?.string ?? ""
            id = value["spanId"]?.string ?? ""
            trace = value["traceId"]?.string ?? ""
            parent = value["parentSpanId"]?.string
            attributes = Dictionary(
                (value["attributes"]?.array ?? []).map {
                    (
                        $0["key"]?.string ?? "",
                        $0["value"]?["stringValue"]?.string ?? $0["value"]?["intValue"]?.string ?? ""
                    )
                }
            ) { first, _ in first }
        }
    }
    /// A collector: takes everything, remembers it.
    private static func collector() throws -> RawPeer {
        try RawPeer(.readRequest, .text(RawPeer.answer("{}")), .again)
    }
    private static func spans(_ collector: RawPeer) throws -> [Span] {
        try collector.record.requests.flatMap { request in
            let body = try JSONValue.parse(request.body)
            return body["resourceSpans"]?.array?.flatMap { resource in
                resource["scopeSpans"]?.array?.flatMap { $0["spans"]?.array ?? [] } ?? []
            }.map(Span.init) ?? []
        }
    }
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let caller = "00f067aa0ba902b7"

    @Test func `the trace of one live answer over 20 clusters arrives complete, parents right`() async throws {
        let collector = try Self.collector()
        let settings =
            TestBed.onDemand + "telemetry: { otlpEndpoint: \"\(collector.origin)\", sampleRatio: 0 }\n"
        try await TestBed.withRunning(SimulationOptions(clusters: 20, releases: 4), settings: settings) { bed in
            try await bed.ready()
            let clusters = Set(bed.fleet.allClusters.map(\.id.text))
            #expect(clusters.count == 20)
            // So that no body is like the one before, and each is decoded.
            bed.fleet.step(2000)
            let answer = try await bed.get(
                "/releases?max_age=0&wait=20s",
                fields: "traceparent: 00-\(Self.traceID)-\(Self.caller)-01\r\nX-Request-Id: trace-me\r\n")
            #expect(answer.status == 200)
            let all = try await eventually { () -> [Span]? in
                let spans = try Self.spans(collector)
                return spans.contains { $0.name == "request" } && spans.count { $0.name == "publish" } == 20
                    ? spans : nil
            }
            #expect(all.allSatisfy { $0.trace == Self.traceID }, "nothing else is kept")
            #expect(Set(all.map(\.id)).count == all.count)
            let byName = Dictionary(grouping: all, by: \.name)
            #expect(
                byName.mapValues(\.count) == ["request": 1, "fan-out": 1, "attempt": 20, "decode": 20, "publish": 20])
            let request = try #require(byName["request"]?.first)
            let fanOut = try #require(byName["fan-out"]?.first)
            #expect(request.parent == Self.caller)
            #expect(request.attributes["http.route"] == "/releases" && request.attributes["request_id"] == "trace-me")
            #expect(fanOut.parent == request.id && fanOut.attributes["clusters"] == "20")
            let attempts = byName["attempt"] ?? []
            #expect(attempts.allSatisfy { $0.parent == fanOut.id && $0.attributes["reason"] == "none" })
            #expect(Set(attempts.compactMap { $0.attributes["cluster"] }) == clusters)
            #expect(Set(byName["decode"]?.compactMap(\.parent) ?? []) == Set(attempts.map(\.id)))
            #expect(byName["publish"]?.allSatisfy { $0.parent == fanOut.id } == true)
        }
    }

    @Test func `retries are attempts of their own, and a failed one says why`() async throws {
        let collector = try Self.collector()
        let settings = """
            upstream: { timeout: 20s, deadline: 25s, retries: 1, maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }
            telemetry: { otlpEndpoint: "\(collector.origin)", sampleRatio: 0 }

            """
        try await TestBed.withRunning(SimulationOptions(clusters: 1, releases: 4), settings: settings) { bed in
            try await bed.ready()
            bed.fleet.setFault(.status(503), on: try #require(bed.fleet.allClusters.first).id)
            _ = try await bed.get(
                "/releases?max_age=0&wait=28s", fields: "traceparent: 00-\(Self.traceID)-\(Self.caller)-01\r\n")
            let attempts = try await eventually { () -> [Span]? in
                let attempts = try Self.spans(collector).filter { $0.name == "attempt" }
                return attempts.count == 2 ? attempts : nil
            }
            #expect(attempts.map { $0.attributes["attempt"] } == ["1", "2"])
            #expect(attempts.allSatisfy { $0.attributes["reason"] == "upstream_5xx" })
        }
    }

    @Test func `a trace that the caller does not keep is passed on and not sent`() async throws {
        let collector = try Self.collector()
        let settings =
            TestBed.onDemand + "telemetry: { otlpEndpoint: \"\(collector.origin)\", sampleRatio: 1 }\n"
        try await TestBed.withRunning(SimulationOptions(clusters: 2, releases: 4), settings: settings) { bed in
            try await bed.ready()
            _ = try await bed.get(
                "/releases?max_age=0", fields: "traceparent: 00-\(Self.traceID)-\(Self.caller)-00\r\n")
            _ = try await bed.get("/releases")
            let spans = try await eventually { () -> [Span]? in
                let spans = try Self.spans(collector)
                return spans.contains { $0.attributes["http.route"] == "/releases" } ? spans : nil
            }
            #expect(spans.allSatisfy { $0.trace != Self.traceID })
            #expect(spans.contains { $0.name == "refresh" && $0.parent == nil }, "what nobody asked for has its own")
        }
    }
}
