import GatewayTestKit
import Inbound
import Telemetry
import Testing

@testable import API

@Suite struct RoutingTests {
    private func client(readiness: Readiness = .ready, auth: AuthConfig = AuthConfig()) throws -> Client {
        let time = ManualTime()
        return try Client(
            FakeSource(Fleet.fresh(["a"], at: time).snapshot()), time: time, auth: auth, readiness: { readiness })
    }
    private static let targets = [
        "/releases", "/v1/releases", "/v1/releases/c-a/default/app-a", "/v1/clusters", "/v1/clusters/c-a", "/livez",
        "/readyz", "/openapi.yaml", "/openapi.json", "/v1/summary?group_by=status", "/v1/fields",
        "/v1/fields/status/values", "/v1/access",
    ]
    @Test func `every route is asked here`() {
        let asked = Self.targets.compactMap { RouteTable.main.route(for: InboundRequest(target: $0).path) }
        #expect(Set(asked.map(\.route.template)) == Set(RouteTable.main.routes.map(\.template)))
    }

    @Test(arguments: targets)
    func `every route takes GET and HEAD alike, and OPTIONS tells it`(target: String) async throws {
        let client = try client()
        let got = await client.get(target, [("x-request-id", "r1")])
        #expect(got.status == 200)
        #expect(!got.body.isEmpty)
        #expect(got.field("X-Content-Type-Options") == "nosniff")
        #expect(got.field("X-Request-Id") == "r1")
        let head = await client.get(target, [("x-request-id", "r1")], method: "HEAD")
        #expect(head.status == 200)
        #expect(head.fields.map(\.name) == got.fields.map(\.name))
        #expect(head.fields.map(\.value) == got.fields.map(\.value))
        let options = await client.get(target, method: "OPTIONS")
        #expect(options.status == 204)
        #expect(options.field("Allow") == "GET, HEAD, OPTIONS")
        #expect(options.body.isEmpty)
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "X"] {
            #expect(await client.get(target, method: method).code == "method_not_allowed")
        }
    }
    @Test func `both names of the list give the same answer`() async throws {
        let client = try client()
        #expect(await client.get("/releases").body == client.get("/v1/releases").body)
    }
    @Test func `probes say how the process stands, to everybody and whatever is added`() async throws {
        var auth = AuthConfig()
        auth.apiKeys = [.init(name: "k", digest: [UInt8](repeating: 0, count: 32))]
        for (readiness, status, text) in [
            (.ready, 200, "ok\n"), (.starting, 503, "starting\n"), (.stopping, 503, "stopping\n"),
            (Readiness(isDiscovered: true, isCovered: false), 503, "starting\n"),
        ] as [(Readiness, Int, String)] {
            let client = try client(readiness: readiness, auth: auth)
            let live = await client.get("/livez?verbose=1", [("accept", "text/html")])
            #expect(live.status == 200)
            #expect(live.body == Array("ok\n".utf8))
            let ready = await client.get("/readyz?probe=1")
            #expect(ready.status == status)
            #expect(ready.body == Array(text.utf8))
            let admin = AdminHandler(readiness: { readiness })
            guard case .respond(let response) = admin.answerNow(InboundRequest(target: "/readyz")) else {
                Issue.record("the admin listener never waits")
                continue
            }
            #expect(response.status == status)
        }
    }
    @Test(
        arguments: [
            (.ready, 200, "[+] discovery ok\n[+] coverage ok\n[+] running ok\nok\n"),
            (.starting, 503, "[-] discovery failed\n[-] coverage failed\n[+] running ok\nstarting\n"),
            (
                Readiness(isDiscovered: true, isCovered: false), 503,
                "[+] discovery ok\n[-] coverage failed\n[+] running ok\nstarting\n"
            ),
            (.stopping, 503, "[+] discovery ok\n[+] coverage ok\n[-] running failed\nstopping\n"),
        ] as [(Readiness, Int, String)])
    func `readyz says of each check how it stands when asked to`(readiness: Readiness, status: Int, text: String)
        async throws
    {
        for target in ["/readyz?verbose", "/readyz?verbose=1"] {
            let ready = try await client(readiness: readiness).get(target)
            #expect(ready.status == status)
            #expect(String(decoding: ready.body, as: UTF8.self) == text)
        }
    }
    @Test func `every answer says how long it took and what it was`() async throws {
        for target in ["/releases", "/nowhere", "/v1/clusters/none", "/livez", "/releases?format=text"] {
            let response = try await client().response(target, [("x-request-id", "mine")])
            let timing = response.fields.filter { $0.name == "Server-Timing" }
            #expect(timing.count == 1 && timing.first?.value.hasPrefix("app;dur=") == true)
            #expect(response.requestID == "mine" && (response.route == 0) == (target == "/nowhere"))
        }
    }
    @Test func `what holds a request name's letters is one, all else gets another`() async throws {
        let client = try client()
        for name in ["", "a b", "a\nb", String(repeating: "x", count: 65), "é", "a;b"] {
            #expect(await client.get("/livez", [("x-request-id", name)]).field("X-Request-Id") != name)
        }
        #expect(
            await client.get("/livez", [("x-request-id", "a"), ("x-request-id", "b")]).field("X-Request-Id")?.count
                == 24)
    }
    @Test func `the metrics are on the admin listener alone`() async throws {
        let admin = AdminHandler(metrics: { $0 == .prometheus ? [0x61] : [0x62] }, readiness: { .ready })
        func body(_ accept: String) async -> InboundResponse {
            await admin.answer(InboundRequest(target: "/metrics", fields: [("accept", accept)]))
        }
        for (accept, expected) in [("*/*", 0x61), ("application/openmetrics-text", 0x62)] as [(String, UInt8)] {
            guard case .bytes(let bytes) = await body(accept).body else {
                Issue.record("no body")
                continue
            }
            #expect(bytes == [expected])
        }
        guard case .later = admin.answerNow(InboundRequest(target: "/metrics")) else {
            Issue.record("metrics are made in a task: they walk over the clusters")
            return
        }
        #expect(try await client().get("/metrics").status == 404)
    }
    @Test func `the admin listener knows probes and metrics only`() async throws {
        let admin = AdminHandler(readiness: { .ready })
        func status(_ target: String, _ method: String = "GET") async -> Int {
            await admin.answer(InboundRequest(target: target, method: method)).status
        }
        #expect(await status("/livez") == 200)
        #expect(await status("/livez", "POST") == 405)
        #expect(await status("/livez", "OPTIONS") == 204)
        #expect(await status("/releases") == 404)
        #expect(await status("/openapi.yaml") == 404)
    }
    @Test func `the description is served as it was written, to everybody`() async throws {
        let client = try client()
        let yaml = await client.get("/openapi.yaml")
        #expect(yaml.field("Content-Type") == "application/yaml")
        #expect(yaml.body == OpenAPIDocument.yaml)
        #expect(yaml.body.starts(with: Array("openapi: 3.1.0\n".utf8)))
        #expect(await client.get("/openapi.json").json["openapi"] == .text("3.1.0"))
    }
    @Test func `answers about the fleet are kept by the caller alone and asked about each time`() async throws {
        let client = try client()
        for target in Self.targets.prefix(5) {
            let reply = await client.get(target)
            #expect(reply.field("Cache-Control") == "private, no-cache")
            #expect(reply.field("Vary") == "Accept, Accept-Encoding, Authorization")
            #expect(reply.field("Content-Type") == "application/json")
            #expect(reply.field("Release-Coverage") == "targeted=1, fresh=1, stale=0, missing=0, skipped=0")
        }
    }
}
