import Cryptography
import GatewayTestKit
import Inbound
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct ProblemTests {
    /// One way to each code that can occur today.
    struct Case: CustomTestStringConvertible {
        let code: ProblemCode
        var target = "/releases"
        var method = "GET"
        var fields: [(name: String, value: String)] = []
        var fleet: @Sendable (ManualTime) -> Fleet? = { Fleet.fresh(["a"], at: $0) }
        var key: String?
        var testDescription: String { "\(code.rawValue) by \(method) \(target)" }
    }
    static let cases: [Case] = [
        Case(code: .invalidParameter, target: "/releases?namespce=x"),
        Case(code: .invalidParameter, target: "/releases?page_size=-1"),
        Case(code: .invalidParameter, target: "/releases?format=xml"),
        Case(code: .invalidFilter, target: "/releases?filter=x"),
        Case(code: .invalidFilter, target: "/v1/releases?filter=nme=a%20AND%20status=X&explain=true"),
        Case(code: .invalidParameter, target: "/releases?filter=x&page_size=-1"),
        Case(code: .invalidParameter, target: "/releases?explain=1"),
        Case(code: .invalidParameter, target: "/v1/clusters?filter=name=a"),
        Case(code: .invalidParameter, target: "/v1/clusters?wait=1s"),
        Case(code: .invalidParameter, target: "/v1/clusters?state=fresk"),
        Case(code: .invalidParameter, target: "/v1/clusters?state=fresh&state=stale"),
        Case(code: .invalidParameter, target: "/v1/clusters?state="),
        Case(code: .invalidParameter, target: "/v1/clusters/c-a?namespace=x"),
        Case(code: .invalidParameter, target: "/v1/releases/c-a/default/app-a?namespace=x"),
        Case(code: .invalidParameter, target: "/openapi.json?x=1"),
        Case(code: .invalidPageToken, target: "/releases?page_token=AAAA"),
        Case(code: .invalidPageToken, target: "/v1/clusters?page_token=x"),
        Case(code: .unauthenticated, key: "wrong"),
        Case(code: .unauthenticated, target: "/v1/clusters", key: "wrong"),
        Case(code: .unauthenticated, target: "/v1/clusters/c-a", key: "wrong"),
        Case(code: .unauthenticated, target: "/v1/releases/c-a/default/app-a", key: "wrong"),
        Case(code: .releaseNotFound, target: "/v1/releases/c-a/default/none"),
        Case(code: .releaseNotFound, target: "/v1/releases/c-a/none/app-a"),
        Case(code: .clusterNotFound, target: "/v1/releases/c-none/default/app-a"),
        Case(code: .clusterNotFound, target: "/v1/releases/a%20b/default/app-a"),
        Case(code: .clusterNotFound, target: "/releases?cluster_id=c-none"),
        Case(code: .clusterNotFound, target: "/v1/clusters/c-none"),
        Case(code: .clusterNotFound, target: "/v1/clusters?cluster=none"),
        Case(
            code: .unknownBecauseClusterMissing, target: "/v1/releases/c-a/default/none",
            fleet: { time in
                var fleet = Fleet()
                fleet.add("a", rows: nil, at: time, failure: .timeout)
                return fleet
            }),
        Case(
            code: .unknownBecauseClusterMissing, target: "/v1/releases/c-a/default/none",
            fleet: { time in
                var fleet = Fleet()
                fleet.add("a", rows: [.sample("default", "app")], at: time, ago: .seconds(3600))
                return fleet
            }),
        Case(
            code: .unknownBecauseClusterMissing, target: "/v1/releases/c-a/default/none",
            fleet: { time in
                var fleet = Fleet()
                fleet.add("a", rows: [], at: time, skip: .hibernated)
                return fleet
            }),
        Case(
            code: .unknownBecauseClusterMissing, target: "/v1/releases/c-a/default/none",
            fleet: { time in
                // Fresh, but a row was left out: it may be the one asked for.
                var fleet = Fleet()
                fleet.add("a", rows: [.sample("default", "app")], at: time, dropped: 1)
                return fleet
            }),
        Case(code: .routeNotFound, target: "/releases/"),
        Case(code: .routeNotFound, target: "/"),
        Case(code: .routeNotFound, target: "/v2/releases"),
        Case(code: .routeNotFound, target: "/v1/releases/c-a/default"),
        Case(code: .routeNotFound, target: "/v1/releases/c-a//app-a"),
        Case(code: .routeNotFound, target: "/nothing", method: "POST"),
        Case(code: .methodNotAllowed, method: "POST"),
        Case(code: .methodNotAllowed, target: "/livez", method: "DELETE"),
        Case(code: .methodNotAllowed, method: "get"),
        Case(code: .notAcceptable, fields: [("accept", "text/html")]),
        Case(code: .notAcceptable, target: "/openapi.json", fields: [("accept", "application/json;q=0")]),
        Case(
            code: .noData,
            fleet: { time in
                var fleet = Fleet()
                fleet.add("a", rows: nil, at: time, failure: .network)
                fleet.add("b", rows: nil, at: time, skip: .hibernated)
                return fleet
            }),
        Case(
            code: .noData, target: "/releases?on_missing=omit",
            fleet: { time in
                var fleet = Fleet()
                fleet.add("a", rows: [.sample("default", "app")], at: time, ago: .seconds(3600))
                return fleet
            }),
        Case(code: .noClusters, fleet: { _ in Fleet() }),
        Case(code: .noClusters, target: "/v1/clusters", fleet: { _ in Fleet() }),
        Case(code: .noClusters, target: "/v1/releases/c-a/default/app-a", fleet: { _ in Fleet() }),
        Case(
            code: .coverageNotMet, target: "/releases?require=all",
            fleet: { time in
                var fleet = Fleet.fresh(["a"], at: time)
                fleet.add("b", rows: nil, at: time, failure: .network)
                return fleet
            }),
        Case(
            code: .coverageNotMet, target: "/releases?on_missing=fail",
            fleet: { time in
                var fleet = Fleet.fresh(["a"], at: time)
                fleet.add("b", rows: [], at: time, ago: .seconds(91))
                return fleet
            }),
        Case(code: .coverageNotMet, target: "/releases?require=c-none"),
        Case(code: .starting, fleet: { _ in nil }),
        Case(code: .starting, target: "/v1/clusters", fleet: { _ in nil }),
        Case(code: .starting, target: "/v1/clusters/c-a", fleet: { _ in nil }),
        Case(code: .overloaded, target: "/releases?chart_id=x"),
    ]

    @Test(arguments: cases)
    func `each error has its code, its status and the fields of a problem`(example: Case) async throws {
        let time = ManualTime()
        var auth = AuthConfig()
        if example.key != nil { auth.apiKeys = [.init(name: "dashboards", digest: sha256("FAKE-KEY-1".utf8))] }
        let client = try Client(
            FakeSource(example.fleet(time)?.snapshot()), time: time, auth: auth, key: example.key)
        let reply = await client.get(example.target, example.fields, method: example.method)
        expectProblem(reply, example.code)
    }

    private func expectProblem(_ reply: Reply, _ code: ProblemCode) {
        let problem = reply.json
        #expect(problem["code"] == .text(code.rawValue))
        #expect(reply.status == code.status)
        #expect(problem["status"].number == code.status)
        #expect(problem["type"] == .text("urn:release-gateway:problem:\(code.rawValue)"))
        #expect(problem["title"] == .text(code.title))
        #expect(problem["detail"].text?.isEmpty == false)
        #expect(problem["instance"].text == reply.field("X-Request-Id").map { "urn:release-gateway:request:\($0)" })
        #expect(reply.field("Content-Type") == "application/problem+json")
        #expect(reply.field("Cache-Control") == "no-store")
        #expect(reply.field("X-Content-Type-Options") == "nosniff")
        #expect((reply.field("Retry-After").flatMap { Int($0) } != nil) == code.isTemporary)
        #expect((reply.field("WWW-Authenticate") == "Bearer") == (code == .unauthenticated))
        #expect((reply.field("Allow") == "GET, HEAD, OPTIONS") == (code == .methodNotAllowed))
        let coverageCodes: [ProblemCode] = [.noData, .coverageNotMet, .unknownBecauseClusterMissing]
        #expect((problem["coverage"]["targeted"].number != nil) == coverageCodes.contains(code))
        #expect((reply.field("Release-Coverage") != nil) == coverageCodes.contains(code))
        let parameterCodes: [ProblemCode] = [
            .invalidParameter, .invalidFilter, .invalidPageToken, .pageTokenMismatch, .pageTokenExpired,
        ]
        #expect(!problem["errors"].elements.isEmpty == parameterCodes.contains(code))
    }

    @Test func `every code but those of later work has a request that causes it`() {
        let elsewhere: Set<ProblemCode> = [
            .pageTokenMismatch, .pageTokenExpired,  // PageWalkTests
            .badRequest, .payloadTooLarge, .uriTooLong, .fieldsTooLarge, .internal,  // refusals, below
        ]
        let later: Set<ProblemCode> = [.forbidden, .rateLimited]
        let caused = Set(Self.cases.map(\.code))
        #expect(caused.isDisjoint(with: later))
        #expect(caused.union(elsewhere).union(later) == Set(ProblemCode.allCases))
    }

    @Test(
        arguments: [
            (.badRequest("a field name is no token"), "GET", .badRequest, true),
            (.bodyNotAllowed, "GET", .payloadTooLarge, true), (.bodyNotAllowed, "HEAD", .payloadTooLarge, true),
            (.bodyNotAllowed, "POST", .methodNotAllowed, true), (.targetTooLong, "GET", .uriTooLong, true),
            (.fieldsTooLarge, "GET", .fieldsTooLarge, true), (.overloaded, "GET", .overloaded, false),
            (.timedOut, "GET", .overloaded, false), (.unusableAnswer, "GET", .internal, false),
        ] as [(Refusal, String, ProblemCode, Bool)])
    func `what the server refuses is answered as a problem`(
        refusal: Refusal, method: String, code: ProblemCode, closes: Bool
    ) throws {
        let client = try Client(FakeSource(nil), time: ManualTime())
        let request = InboundRequest(target: "/releases", method: method)
        let reply = Reply(client.handler.refusal(refusal, of: request), waited: false)
        expectProblem(reply, code)
        #expect(reply.closesConnection == closes)
        let admin = AdminHandler(readiness: { .ready })
        expectProblem(Reply(admin.refusal(refusal, of: request), waited: false), code)
        let unread = Reply(client.handler.refusal(refusal, of: nil), waited: false)
        if refusal != .bodyNotAllowed { expectProblem(unread, code) }
    }

    @Test func `an unknown name is answered with the nearest known one and where it stands`() async throws {
        let time = ManualTime()
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time).snapshot()), time: time)
        for target in ["/releases?namespce=x&pagesize=3", "/v1/clusters?regon=x&pagesize=3"] {
            let errors = await client.get(target).json["errors"].elements
            #expect(errors.map { $0["token"].text?.isEmpty } == [false, false])
            #expect(errors[1]["hint"] == .text("page_size"))
        }
    }
    @Test func `nothing of the request comes back but 64 bytes of the offending piece, escaped`() async throws {
        let time = ManualTime()
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time).snapshot()), time: time)
        let marker = "zq\"<script>é"
        let encoded = "zq%22%3Cscript%3E%C3%A9"
        let long = String(repeating: "x", count: 500)
        for target in [
            "/\(encoded)", "/releases?\(encoded)\(long)=1", "/releases?status=\(encoded)\(long)",
            "/v1/clusters?\(encoded)\(long)=1", "/v1/clusters?state=\(encoded)\(long)", "/releases?page_token=\(long)",
            "/v1/releases/\(encoded)/default/x", "/v1/clusters/\(encoded)",
        ] {
            let reply = await client.get(target)
            #expect(reply.json["code"].text != nil, "\(target)")
            let text = String(decoding: reply.body, as: UTF8.self)
            #expect(!text.contains(String(repeating: "x", count: 65)), "\(target)")
            for error in reply.json["errors"].elements {
                for member in ["token", "parameter"] {
                    let shown = error[member].text ?? ""
                    #expect(shown.utf8.count <= 64)
                    if target.contains(encoded) && member == "token" { #expect(shown.hasPrefix(marker)) }
                }
            }
            if reply.json["errors"].elements.isEmpty { #expect(!text.contains("script")) }
        }
    }
}
