import GatewayTestKit
import JSON
import Locking
import Logging
import Outbound
import Settings
import Testing
import Timing

@testable import Telemetry

@Suite struct TracerTests {
    private let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
    private let queue = SpanQueue(limit: 10, batch: 4)

    private func parent(sampled: Bool) -> TraceContext? {
        TraceContext([
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\(sampled ? 1 : 0)"),
            ("tracestate", "v=1"),
        ])
    }

    @Test(arguments: [(0.0, true, true), (1.0, false, false)])
    func `a caller's decision goes before the ratio`(ratio: Double, sampled: Bool, isKept: Bool) {
        let tracer = Tracer(ratio: ratio, queue: queue, time: time)
        #expect((tracer.span("request", under: parent(sampled: sampled)) != nil) == isKept)
        #expect((tracer.span("request", under: nil) != nil) == (ratio == 1))
        #expect(tracer.child("attempt", of: nil) == nil)
    }

    @Test func `without a collector nothing is kept, whatever the caller says`() {
        let tracer = Tracer(ratio: 1, queue: nil, time: time)
        #expect(tracer.span("request", under: parent(sampled: true)) == nil)
        #expect(!tracer.isOn)
    }

    @Test func `the ratio is kept to`() {
        let tracer = Tracer(ratio: 0.25, queue: queue, time: time)
        let kept = (0..<20_000).count { _ in tracer.span("request", under: nil) != nil }
        // Ten standard deviations of 61 are 610.
        #expect((4390...5610).contains(kept))
    }

    @Test func `children share the trace and name their parent`() throws {
        let tracer = Tracer(ratio: 0, queue: queue, time: time)
        let caller = try #require(parent(sampled: true))
        let request = try #require(tracer.span("request", .server, under: caller))
        let child = try #require(tracer.child("fan-out", of: request.context))
        #expect(request.parent == caller.span && child.parent == request.context.span)
        #expect(child.context.trace == caller.trace && child.context.state == "v=1")
        #expect(Set([caller.span, request.context.span, child.context.span]).count == 3)
    }

    @Test func `spans beyond the limit are dropped and counted`() {
        let tracer = Tracer(ratio: 1, queue: queue, time: time)
        for _ in 0..<13 { tracer.end(tracer.span("request", under: nil)) }
        #expect(queue.counts.queued == 10 && queue.counts.dropped == 3)
        #expect(queue.take().count == 4)
        #expect(queue.counts.queued == 6)
    }

    @Test func `a span that began earlier says so`() throws {
        let tracer = Tracer(ratio: 1, queue: queue, time: time)
        let began = time.uptime
        time.advance(by: .seconds(2))
        let span = try #require(tracer.span("request", under: nil, began: began))
        time.advance(by: .seconds(3))
        tracer.end(span)
        let ended = try #require(queue.take().first)
        #expect(ended.span.start == Instant(seconds: 1_700_000_000) && ended.duration == .seconds(5))
    }

    // MARK: - Export

    /// A collector that answers with these statuses, nil with none, and then with 200.
    private final class Collector: HTTPTransport {
        private let statuses: Lock<[Int?]>
        private let received = Lock<[OutboundRequest]>([])
        init(_ statuses: [Int?]) { self.statuses = Lock(statuses) }
        var requests: [OutboundRequest] { received.withLock { $0 } }

        func send(
            origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
        ) async throws(TransportError) -> OutboundResponse {
            let request = try makeRequest()
            received.withLock { $0.append(request) }
            let status = statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
            guard let status else { throw TransportError(.connect) }
            return OutboundResponse(status: status, body: ResponseBody([]))
        }
    }
    private func export(to collector: Collector, until isDone: () -> Bool) async throws {
        let endpoint = try #require(OTLPEndpoint("http://127.0.0.1:4318/otel/"))
        let exporter = SpanExporter(
            endpoint: endpoint, queue: queue, transport: collector, version: "1", instance: "i", time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await exporter.run() }
            _ = try await eventually {
                if isDone() { return true }
                time.advance(by: .seconds(1))
                return nil
            }
            group.cancelAll()
        }
    }

    @Test(
        arguments: [
            ([], 1, 3, 0), ([503], 2, 3, 0), ([nil], 2, 3, 0), ([503, 503], 2, 0, 3), ([400], 1, 0, 3),
            ([413], 1, 0, 3),
        ] as [([Int?], Int, Int, Int)])
    func `a batch is tried once more where that may help, then counted`(
        statuses: [Int?], requests: Int, exported: Int, failed: Int
    ) async throws {
        let collector = Collector(statuses)
        let tracer = Tracer(ratio: 1, queue: queue, time: time)
        for _ in 0..<3 { tracer.end(tracer.span("request", under: nil)) }
        try await export(to: collector) { queue.counts.exported + queue.counts.failed == 3 }
        #expect(collector.requests.count == requests)
        #expect(queue.counts.exported == exported && queue.counts.failed == failed)
        #expect(collector.requests.first?.url == "http://127.0.0.1:4318/otel/v1/traces")
    }

    @Test func `a span is written as OTLP says`() async throws {
        let collector = Collector([])
        let tracer = Tracer(ratio: 1, queue: queue, time: time)
        let span = try #require(tracer.span("request", .server, under: parent(sampled: true)))
        time.advance(by: .milliseconds(1500))
        tracer.end(
            span, failed: true, [("http.route", .text("/releases")), ("http.response.status_code", .number(503))])
        try await export(to: collector) { queue.counts.exported == 1 }
        let root = try JSONValue.parse(try #require(collector.requests.first).body)
        let resource = root["resourceSpans"]?.array?.first
        #expect(resource?["resource"]?["attributes"]?.array?.first?["key"]?.string == "service.name")
        let written = try #require(resource?["scopeSpans"]?.array?.first?["spans"]?.array?.first)
        #expect(written["traceId"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(written["parentSpanId"]?.string == "00f067aa0ba902b7")
        #expect(written["spanId"]?.string == TraceContext.text(span.context.span))
        #expect(written["traceState"]?.string == "v=1")
        #expect(written["name"]?.string == "request" && written["kind"]?.integer == 2)
        #expect(written["startTimeUnixNano"]?.string == "1700000000000000000")
        #expect(written["endTimeUnixNano"]?.string == "1700000001500000000")
        #expect(written["status"]?["code"]?.integer == 2)
        let attributes = written["attributes"]?.array ?? []
        #expect(attributes.first?["value"]?["stringValue"]?.string == "/releases")
        #expect(attributes.last?["value"]?["intValue"]?.string == "503")
    }

    // MARK: - Configuration

    @Test(arguments: [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("https://c.example/otlp/", "https://c.example/otlp/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
    ])
    func `the address of a collector gets the path of traces`(text: String, url: String) {
        #expect(OTLPEndpoint(text)?.tracesURL == url)
    }
    @Test(arguments: [
        "", "collector:4318", "grpc://c:4317", "http://", "http://u:p@c", "http://c/?a=b", "http://c/#a", "http://c/ b",
    ])
    func `what is no such address is a problem with its path`(text: String) throws {
        let root = try Section(yaml: Array("telemetry: { otlpEndpoint: \"\(text)\" }".utf8))
        _ = TelemetryConfig(reading: root.section("telemetry"))
        #expect(root.problems.map(\.path) == ["telemetry.otlpEndpoint"])
    }
    @Test(arguments: [("0", 0.0), ("1", 1), ("0.25", 0.25), ("1.0", 1)])
    func `a ratio is a part of a whole`(text: String, ratio: Double) throws {
        let root = try Section(yaml: Array("telemetry: { sampleRatio: \(text) }".utf8))
        #expect(TelemetryConfig(reading: root.section("telemetry")).sampleRatio == ratio)
        #expect(root.problems.isEmpty)
    }
    @Test(arguments: ["1.1", "-0.1", "10%", "1e-3", "nan", "inf", ".5", "5.", "0x1", "\"0.5\"", "1.2.3", "[]"])
    func `other ratios are refused`(text: String) throws {
        let root = try Section(yaml: Array("telemetry: { sampleRatio: \(text) }".utf8))
        #expect(TelemetryConfig(reading: root.section("telemetry")).sampleRatio == 0.01)
        #expect(root.problems.map(\.path) == ["telemetry.sampleRatio"])
    }
}
