import Cryptography
import GatewayTestKit
import Inbound
import ReleaseModel
import Testing
import Timing

@testable import API

/// Who asks the same gets the same body, and never another answer than his own would be.
@Suite struct SharedAnswersTests {
    private let time = ManualTime()
    private static let off: PagesConfig = {
        var pages = PagesConfig()
        pages.sharedBytes = 0
        return pages
    }()

    @Test(arguments: [
        "/releases", "/releases?page_size=1&facets=status", "/v1/summary?group_by=status", "/v1/fields/name/values",
        "/releases?cluster=a&view=full",
    ])
    func `equal questions of one snapshot cost one rendering`(target: String) async throws {
        let client = try Client(FakeSource(Fleet.fresh(["a", "b"], at: time).snapshot()), time: time)
        let first = await client.get(target)
        for _ in 0..<20 {
            let reply = await client.get(target)
            #expect(reply.body == first.body)
            #expect(reply.field("ETag") == first.field("ETag"))
            #expect(reply.field("Link") == first.field("Link"))
            #expect(reply.field("Release-Coverage") == first.field("Release-Coverage"))
            #expect(reply.field("X-Request-Id") != first.field("X-Request-Id"))
        }
        #expect(client.pages.counts.shared.made == 1)
        #expect(client.pages.counts.shared.hits == 20)
        let tag = try #require(first.field("ETag"))
        #expect(await client.get(target, [("if-none-match", tag)]).status == 304)
        #expect(await client.get(target, [("if-none-match", "\"x\"")]).status == 200)
        #expect(client.pages.counts.shared.made == 1)
    }

    @Test func `states change with time although nothing else does`() async throws {
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time).snapshot()), time: time)
        #expect(await client.get("/releases").json["coverage"]["fresh"].number == 1)
        time.advance(by: .seconds(90))
        #expect(await client.get("/releases").json["coverage"]["fresh"].number == 1)
        #expect(client.pages.counts.shared.made == 1)
        time.advance(by: .nanoseconds(1))
        let late = await client.get("/releases")
        #expect(late.json["coverage"]["stale"].number == 1)
        #expect(late.json["items"][0]["stale"].flag == true)
        // Another age is another question.
        #expect(await client.get("/releases?max_age=1h").json["coverage"]["fresh"].number == 1)
    }

    @Test func `times and reasons are the newest although rows are the same`() async throws {
        var fleet = Fleet.fresh(["a"], at: time)
        let source = FakeSource(fleet.snapshot())
        let client = try Client(source, time: time)
        let first = await client.get("/releases?coverage=all")
        time.advance(by: .seconds(10))
        fleet["a"].standing.lastSuccess = .init(sentAt: time.wall, sentUptime: time.uptime)
        source.serve(fleet.snapshot())
        let second = await client.get("/releases?coverage=all")
        #expect(second.json["snapshot"]["id"] == first.json["snapshot"]["id"])
        #expect(second.json["snapshot"]["newest"].text == time.wall.rfc3339)
        #expect(second.json["coverage"]["clusters"][0]["as_of"].text == time.wall.rfc3339)
        fleet["a"].standing.lastFailure = .init(reason: .network, at: time.wall, atUptime: time.uptime, detail: "")
        source.serve(fleet.snapshot())
        #expect(await client.get("/releases?coverage=all").json["coverage"]["clusters"][0]["reason"].text == "network")
    }

    @Test func `callers with other rights share nothing`() async throws {
        var auth = AuthConfig()
        auth.allowsAnonymous = true
        auth.apiKeys = [.init(name: "k", digest: sha256("key".utf8))]
        let client = try Client(FakeSource(Fleet.fresh(["a", "b"], at: time).snapshot()), time: time, auth: auth)
        let anonymous = await client.get("/releases?page_size=1")
        let holder = await client.get("/releases?page_size=1", [("authorization", "Bearer key")])
        #expect(client.pages.counts.shared.made == 2)
        #expect(holder.field("ETag") != anonymous.field("ETag"))
        // A token is bound to its caller: it must not have come to the other one.
        #expect(await client.get(try #require(anonymous.next)).status == 200)
        #expect(await client.get(try #require(holder.next), [("authorization", "Bearer key")]).status == 200)
        #expect(await client.get(try #require(holder.next)).code == "page_token_mismatch")
        #expect(await client.get("/releases?page_size=1", [("authorization", "Bearer no")]).status == 401)
    }

    @Test(arguments: ["updated_after=10m", "stuck_for=15m", "filter=name%3Da%20OR%20older(update_at,1h)", "chart_id=c"])
    func `what hangs on the clock of the request, or on a fan-out of its own, is not shared`(query: String) async throws
    {
        let source = FakeSource(Fleet.fresh(["a"], at: time).snapshot())
        source.change { state in state.chart = .success(state.snapshot ?? Snapshot(entries: [], id: .zero)) }
        let client = try Client(source, time: time)
        for target in ["/releases?\(query)", "/v1/summary?group_by=name&\(query)"] {
            for _ in 0..<2 { #expect(await client.get(target).status == 200) }
        }
        #expect(client.pages.counts.shared.made == 0)
    }

    @Test func `who asks for fresher rows pulls calls forward each time`() async throws {
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("default", "x")], at: time, ago: .seconds(60))
        let client = try Client(FakeSource(fleet.snapshot()), time: time)
        for count in 1...3 {
            _ = await client.get("/releases?max_age=30s")
            #expect(client.source.seen.demands.count == count)
            _ = await client.get("/releases?max_age=30s&wait=1s")
            #expect(client.source.seen.refreshes.count == count)
        }
        #expect(client.pages.counts.shared.made == 0)
        _ = await client.get("/releases?max_age=61s")
        #expect(client.pages.counts.shared.made == 1)
    }

    @Test func `each coding is made once, and who takes none gets the plain body`() async throws {
        let rows = (0..<40).map { Release.sample("default", "app-\($0)") }
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot()), time: time)
        let plain = await client.get("/releases")
        var bodies: [String: [UInt8]] = [:]
        for coding in ["gzip", "zstd", "gzip", "zstd", "br"] {
            let reply = await client.get("/releases", [("accept-encoding", coding)])
            #expect(reply.field("Content-Encoding") == (coding == "br" ? nil : coding))
            #expect(bodies.updateValue(reply.body, forKey: coding).map { $0 == reply.body } ?? true)
        }
        #expect(bodies["br"] == plain.body)
        #expect(client.pages.counts.shared.made == 1)
        let counts = client.pages.counts.shared
        #expect(counts.bytes >= (bodies["gzip"] ?? []).count + (bodies["zstd"] ?? []).count + plain.body.count)
    }

    @Test func `a token is shared for a tenth of its life at most`() async throws {
        var policy = APIPolicy()
        policy.maxAge = .seconds(3600)
        let client = try Client(
            FakeSource(Fleet.fresh(["a", "b"], at: time).snapshot()), time: time, policy: policy)
        let first = await client.get("/releases?page_size=1").nextToken
        time.advance(by: .seconds(60))
        #expect(await client.get("/releases?page_size=1").nextToken == first)
        time.advance(by: .seconds(1))
        #expect(await client.get("/releases?page_size=1").nextToken != first)
        // A page behind a token is shared as well: page 1's clock and coverage whenever it is asked.
        let next = "/releases?page_size=1&page_token=\(first ?? "")"
        let made = client.pages.counts.shared.made
        let second = await client.get(next)
        time.advance(by: .seconds(500))
        #expect(await client.get(next).body == second.body)
        #expect(client.pages.counts.shared.made == made + 1)
        time.advance(by: .seconds(60))
        #expect(await client.get(next).code == "page_token_expired")
    }

    @Test func `bytes are bounded, and nothing is kept of snapshots that are gone`() async throws {
        var pages = PagesConfig()
        pages.sharedBytes = 100_000
        let rows = (0..<20).map { Release.sample("default", "app-\($0)") }
        let fleet = Fleet.fresh(["a"], at: time) { _ in rows }
        let source = FakeSource(fleet.snapshot())
        let client = try Client(source, time: time, pages: pages)
        for limit in 1...200 {
            _ = await client.get("/releases?page_size=\(limit)")
            #expect(client.pages.counts.shared.bytes <= 100_000)
        }
        #expect(client.pages.counts.shared.made == 200)
        #expect(client.pages.counts.shared.answers > 3)
        client.pages.letGoExpired(newest: fleet.snapshot(), now: time.uptime)
        #expect(client.pages.counts.shared.bytes == 0)
        #expect(client.pages.counts.shared.answers == 0)
    }

    @Test func `an answer that is read after a request came is good for it, whatever came since`() async throws {
        var policy = APIPolicy()
        policy.rowsScannedAtOnce = 0
        let source = FakeSource(Fleet.fresh(["a"], at: time).snapshot())
        let client = try Client(source, time: time, policy: policy)
        let waiting = client.time.uptime
        time.advance(by: .seconds(1))
        let first = await client.get("/releases?order_by=version")
        #expect(first.waited)
        source.serve(Fleet.fresh(["b"], at: time).snapshot())
        func found(askedAt: Duration) -> [UInt8]? {
            let request = InboundRequest(target: "/releases?order_by=version")
            let exchange = Exchange(
                request: request, values: [], access: .ofNobody, askedAt: askedAt, encoding: AcceptEncoding([]))
            let answer = client.pages.shared.answer(
                to: SharedAnswers.Key(exchange), for: exchange.encoding, askedAt: askedAt, newest: source.current,
                now: time.uptime)
            return answer?.body
        }
        #expect(found(askedAt: waiting) == first.body)
        #expect(found(askedAt: time.uptime) == nil)
    }

    @Test func `whatever happens, the answer is the one that would be made anew`() async throws {
        var hits = 0
        for run in 0..<testRuns(default: 40) {
            let seed = testSeed() &+ UInt64(run)
            var random = SeededGenerator(seed: seed)
            let time = ManualTime()
            var fleet = Fleet.fresh(["a", "b", "c"], at: time) { name in
                (0..<4).map { .sample("ns-\($0 % 2)", "\(name)-\($0)", version: Int64($0)) }
            }
            let source = FakeSource(fleet.snapshot())
            let sharing = try Client(source, time: time)
            let plain = try Client(source, time: time, pages: Self.off)
            let targets = [
                "/releases", "/releases?coverage=all", "/releases?on_missing=omit&facets=status,cluster_id",
                "/releases?max_age=20s", "/releases?max_age=20s&coverage=all", "/releases?updated_after=20m",
                "/v1/summary?group_by=cluster_name", "/v1/fields/status/values?max_age=1m", "/releases?require=all",
                "/releases?cluster=a,zz", "/releases?order_by=name%20desc&fields=name",
            ]
            for step in 0..<60 {
                let name = random.pick(["a", "b", "c"])
                switch Int.random(in: 0..<12, using: &random) {
                case 0: time.advance(by: .seconds(Int64.random(in: 1...40, using: &random)))
                case 1: fleet[name].rows?[0].status = random.pick(["DEPLOYED", "FAILED"])
                case 2: fleet[name].standing.lastSuccess = .init(sentAt: time.wall, sentUptime: time.uptime)
                case 3:
                    fleet[name].standing.lastFailure = random.pick([
                        nil, .init(reason: .timeout, at: time.wall, atUptime: time.uptime, detail: ""),
                    ])
                case 4: fleet[name].standing.isPending.toggle()
                default: break
                }
                if random.chance(25) { source.serve(fleet.snapshot()) }
                let target = random.pick(targets)
                let (shared, own) = (await sharing.get(target), await plain.get(target))
                let isSame =
                    shared.body == own.body && shared.status == own.status && shared.field("ETag") == own.field("ETag")
                    && shared.field("Release-Coverage") == own.field("Release-Coverage")
                // A problem tells the request's own id.
                if !isSame && shared.status == 200 {
                    Issue.record(
                        "seed \(seed), step \(step), \(target): \(String(decoding: shared.body, as: UTF8.self))")
                    return
                }
                #expect(shared.status == own.status)
            }
            hits += sharing.pages.counts.shared.hits
            #expect(plain.pages.counts.shared.hits == 0)
        }
        #expect(hits > testRuns(default: 40))
    }
}
