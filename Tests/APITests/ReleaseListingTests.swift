import Compression
import GatewayTestKit
import Inbound
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct ReleaseListingTests {
    private let time = ManualTime()
    private func client(_ fleet: Fleet, policy: APIPolicy = APIPolicy()) throws -> Client {
        try Client(FakeSource(fleet.snapshot()), time: time, policy: policy)
    }

    @Test func `the answer is what the description promises, to the letter`() async throws {
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("monitoring", "testwww")], at: time, ago: .seconds(2), labels: ["env": "prod"])
        fleet.add("b", rows: nil, at: time, failure: .forbiddenUpstream)
        fleet.add("c", rows: [], at: time, ago: .seconds(100), pending: true)
        let reply = try await client(fleet).get("/releases")
        let snapshot = fleet.snapshot().id.hex(bytes: 16)
        let expected = """
            {"items":[{"cluster_id":"c-a","cluster_name":"a","region":"cn-north-4","project_id":"project-1",\
            "labels":{"env":"prod"},"namespace":"monitoring","name":"testwww","version":1,\
            "chart_name":"magento-mysql","chart_version":"1.0.0","chart_public":false,"status":"DEPLOYED",\
            "status_description":"Initial install underway","create_at":"2023-11-14T12:30:57Z",\
            "update_at":"2023-11-14T22:13:20Z","stale":false}],"next_page_token":null,"total_size":1,\
            "complete":false,"snapshot":{"id":"s-\(snapshot)","oldest":"\((time.wall - .seconds(100)).rfc3339)",\
            "newest":"\((time.wall - .seconds(2)).rfc3339)"},"coverage":{"targeted":3,"fresh":1,"stale":1,\
            "missing":1,"skipped":0,"clusters":[{"cluster_id":"c-b","cluster_name":"b","state":"missing",\
            "reason":"forbidden_upstream","upstream_request_id":"upstream-1"},{"cluster_id":"c-c",\
            "cluster_name":"c","state":"stale","as_of":"\((time.wall - .seconds(100)).rfc3339)",\
            "reason":"pending"}]},"warnings":[]}
            """
        #expect(String(decoding: reply.body, as: UTF8.self) == expected)
        #expect(reply.field("Release-Coverage") == "targeted=3, fresh=1, stale=1, missing=1, skipped=0")
        #expect(reply.field("Link") == nil)
        #expect(!reply.waited)
    }

    @Test(arguments: [
        ("", ["a", "b", "c"], true), ("?on_missing=omit", ["a", "c"], false),
        ("?coverage=none", ["a", "b", "c"], true),
        ("?cluster=b", ["b"], true), ("?require=50%25", ["a", "b", "c"], true), ("?max_age=1h", ["a", "b", "c"], true),
    ])
    func `stale rows are labelled or left out, and those of skipped clusters stay`(
        query: String, shown: [String], isComplete: Bool
    ) async throws {
        var fleet = Fleet.fresh(["a"], at: time)
        fleet.add("b", rows: [.sample("default", "app-b")], at: time, ago: .seconds(91))
        fleet.add("c", rows: [.sample("default", "app-c")], at: time, skip: .hibernated)
        let reply = try await client(fleet).get("/releases\(query)")
        #expect(reply.identities == shown.map { "c-\($0)/default/app-\($0)" })
        #expect(reply.json["complete"].flag == isComplete)
        #expect(reply.json["total_size"].number == shown.count)
        let isStale = ["a": false, "b": query != "?max_age=1h", "c": true]
        for row in reply.json["items"].elements {
            #expect(row["stale"].flag == isStale[row["cluster_name"].text ?? ""])
        }
        let listed = reply.json["coverage"]["clusters"].elements.count
        #expect((listed == 0) == (query.contains("none")))
    }

    @Test func `patterns that name no cluster are answered empty, and some unknown names with a warning`() async throws
    {
        let client = try client(Fleet.fresh(["a"], at: time))
        let none = await client.get("/releases?cluster=z*")
        #expect(none.status == 200)
        #expect(none.json["total_size"].number == 0)
        #expect(none.json["coverage"]["targeted"].number == 0)
        #expect(none.json["complete"].flag == true)
        let some = await client.get("/releases?cluster=a,zz")
        #expect(some.status == 200)
        #expect(some.json["warnings"][0]["code"] == .text("unknown_clusters"))
        #expect(!String(decoding: some.body, as: UTF8.self).contains("zz"))
    }

    // MARK: - Freshness on demand

    private func aged() -> (before: Fleet, after: Fleet) {
        var before = Fleet.fresh(["a"], at: time)
        before.add("b", rows: [], at: time, ago: .seconds(60))
        before.add("c", rows: nil, at: time, skip: .deleting)
        var after = before
        after["b"].rows = [.sample("default", "new")]
        after["b"].standing.lastSuccess = .init(sentAt: time.wall, sentUptime: time.uptime)
        return (before, after)
    }
    private func call(_ maxAge: Duration, wait: Duration?) -> FakeSource.Call {
        FakeSource.Call(clusters: [id("b")], maxAge: maxAge, deadline: wait.map { time.uptime + $0 })
    }

    @Test(
        arguments: [
            ("max_age=30s&wait=2s", 30, 2), ("max_age=0", 5, 5), ("max_age=0&wait=1s", 5, 1),
            ("max_age=7s&wait=1h", 7, 29), ("max_age=30s&wait=29s", 30, 29),
        ] as [(String, Int, Int)])
    func `a reader who waits gets what came, asking only what is not fresh`(
        query: String, maxAge: Int, wait: Int
    ) async throws {
        let (before, after) = aged()
        let client = try client(before)
        client.source.change { $0.afterRefresh = after.snapshot() }
        let reply = await client.get("/releases?\(query)")
        #expect(reply.waited)
        #expect(client.source.seen.refreshes == [call(.seconds(maxAge), wait: .seconds(wait))])
        #expect(client.source.seen.demands.isEmpty)
        #expect(reply.identities == ["c-a/default/app-a", "c-b/default/new"])
        #expect(reply.json["coverage"]["fresh"].number == 2)
    }
    @Test func `a wait that brings nothing ends in what is there, labelled`() async throws {
        let client = try client(aged().before)
        let reply = await client.get("/releases?max_age=0")
        #expect(reply.status == 200)
        #expect(reply.json["coverage"]["stale"].number == 1)
        #expect(reply.json["coverage"]["clusters"][0]["reason"] == .text("aged"))
    }
    @Test(arguments: ["max_age=30s", "max_age=0&wait=0"])
    func `a reader who does not wait sees the call it caused`(query: String) async throws {
        var (before, _) = aged()
        let client = try client(before)
        before["b"].standing.isPending = true
        let pending = before.snapshot()
        client.source.change { $0.afterDemand = pending }
        let reply = await client.get("/releases?\(query)")
        #expect(!reply.waited)
        #expect(client.source.seen.refreshes.isEmpty)
        #expect(client.source.seen.demands == [call(query == "max_age=30s" ? .seconds(30) : .seconds(5), wait: nil)])
        #expect(reply.json["coverage"]["clusters"][0]["reason"] == .text("pending"))
    }
    @Test(arguments: ["", "?max_age=2m", "?cluster=a&max_age=0", "?cluster_name=c*,a&max_age=0", "?wait=5s"])
    func `nobody is asked for what is fresh enough, skipped, or left to the background`(query: String) async throws {
        let client = try client(aged().before)
        let reply = await client.get("/releases\(query)")
        #expect(!reply.waited)
        #expect(client.source.seen.refreshes.isEmpty)
        #expect(client.source.seen.demands.isEmpty)
    }
    @Test func `many rows and heavy fields are read off the server's thread`() async throws {
        let fleet = Fleet.fresh(["a", "b"], at: time)
        var policy = APIPolicy()
        policy.rowsScannedAtOnce = 1
        let client = try client(fleet, policy: policy)
        let many = await client.get("/releases?order_by=name")
        #expect(many.waited)
        #expect(many.identities.count == 2)
        #expect(await !client.get("/releases?cluster=a&order_by=name").waited)
        #expect(await client.get("/releases?cluster=a&view=full").waited)
    }

    // MARK: - chart_id

    @Test func `a chart id is a fan-out of its own, waited for, and answers from its own snapshot`() async throws {
        let client = try client(aged().before)
        let chart = aged().after.snapshot()
        client.source.change { $0.chart = .success(chart) }
        let reply = await client.get("/releases?chart_id=chart-1&max_age=20s&page_size=1")
        #expect(reply.waited)
        #expect(
            client.source.seen.refreshes == [
                FakeSource.Call(
                    clusters: [id("a"), id("b")], maxAge: .seconds(20), deadline: time.uptime + .seconds(5))
            ])
        #expect(reply.identities == ["c-a/default/app-a"])
        // The next page needs no fan-out: what it names is held.
        client.source.change { $0.chart = .failure(ChartFanOutBusy()) }
        let next = await client.get(try #require(reply.next))
        #expect(next.identities == ["c-b/default/new"])
        #expect(next.nextToken == nil)
        #expect(client.source.seen.refreshes.count == 1)
    }
    @Test func `a busy chart fan-out says when to come again`() async throws {
        let reply = try await client(aged().before).get("/releases?chart_id=chart-1")
        #expect(reply.code == "overloaded")
        #expect(reply.field("Retry-After") == "5")
    }

    // MARK: - Fields

    @Test func `full rows carry all sixteen fields, and what is not held is null and named`() async throws {
        let values = try Zstd.compress(Array("{\"a\":\"***\"}".utf8))
        let heavy = HeavyFields(values: .held(compressed: values), parameters: .withheld, resources: .absent)
        let fleet = Fleet.fresh(["a"], at: time) { _ in [.sample("default", "app", heavy: heavy)] }
        let row = try await client(fleet).get("/releases?view=full").json["items"][0]
        let cloud = [
            "chart_name", "chart_public", "chart_version", "cluster_id", "cluster_name", "create_at", "description",
            "name", "namespace", "parameters", "resources", "status", "status_description", "update_at", "values",
            "version",
        ]
        #expect(cloud.allSatisfy { row[$0] != .nothing })
        #expect(row["values"] == .text("{\"a\":\"***\"}"))
        #expect(row["parameters"] == .null)
        #expect(row["withheld"] == .array([.text("parameters")]))
    }
    @Test func `fields names what is answered, with the identity`() async throws {
        let reply = try await client(Fleet.fresh(["a"], at: time)).get("/releases?fields=status")
        #expect(Set(reply.json["items"][0].members.keys) == ["cluster_id", "namespace", "name", "status"])
    }
    @Test func `a failed cluster says when asking again may help`() async throws {
        var fleet = Fleet()
        fleet.add("a", rows: nil, at: time, failure: .circuitOpen)
        for (ahead, seconds) in [(nil, "5"), (17, "17"), (-3, "1"), (4000, "60")] as [(Int?, String)] {
            fleet["a"].standing.retryAt = ahead.map { time.wall + .seconds($0) }
            #expect(try await client(fleet).get("/releases").field("Retry-After") == seconds)
        }
    }
}
