import GatewayTestKit
import Inbound
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct ExplainTests {
    private let time = ManualTime()

    private func fleet() -> Fleet {
        var fleet = Fleet.fresh(["a", "b"], at: time) { name in
            [.sample("default", "app-\(name)"), .sample("shop", "web", status: "FAILED")]
        }
        fleet.add("c", rows: [.sample("default", "app-c")], at: time, ago: .seconds(100), failure: .timeout)
        fleet.add("d", rows: nil, at: time, failure: .unauthorized)
        return fleet
    }
    private func client(_ policy: APIPolicy = APIPolicy()) throws -> Client {
        try Client(FakeSource(fleet().snapshot()), time: time, policy: policy)
    }

    @Test func `an explanation says what is asked, of whom and at what cost, and has no rows`() async throws {
        let snapshot = fleet().snapshot().id.hex(bytes: 16)
        let reply = try await client().get(
            "/releases?explain=true&cluster=a,d&order_by=update_at%20desc&filter=status=FAILED%20AND%20name:we")
        let expected = """
            {"filter":"(cluster=a OR cluster=d) AND name=*we* AND status=FAILED",\
            "order_by":"update_at desc, cluster_id, namespace, name","chart_id":null,\
            "plan":{"rows_held":5,"rows_to_scan":2,"parts":3,"parts_skipped":2,"leaves_readers_thread":false},\
            "snapshot":{"id":"s-\(snapshot)","oldest":"\(time.wall.rfc3339)","newest":"\(time.wall.rfc3339)"},\
            "coverage":{"targeted":2,"fresh":1,"stale":0,"missing":1,"skipped":0,"clusters":[\
            {"cluster_id":"c-a","cluster_name":"a","state":"fresh","as_of":"\(time.wall.rfc3339)"},\
            {"cluster_id":"c-d","cluster_name":"d","state":"missing","reason":"unauthorized",\
            "upstream_request_id":"upstream-1"}]},"warnings":[]}
            """
        #expect(reply.status == 200)
        #expect(String(decoding: reply.body, as: UTF8.self) == expected)
        #expect(reply.field("Release-Coverage") == "targeted=2, fresh=1, stale=0, missing=1, skipped=0")
        #expect(reply.field("Link") == nil)
    }

    @Test func `an explanation's tag stands for what it says`() async throws {
        let client = try client()
        let tag = try #require(await client.get("/releases?explain=true&name=app*").field("ETag"))
        func status(_ target: String) async -> Int { await client.get(target, [("if-none-match", tag)]).status }
        #expect(await status("/releases?explain=true&name=app*") == 304)
        #expect(await status("/releases?name=app*") == 200)
        #expect(await status("/releases?explain=true&name=web") == 200)
        var fleet = fleet()
        fleet["b"].standing.lastFailure = fleet["c"].standing.lastFailure
        client.source.serve(fleet.snapshot())
        #expect(await status("/releases?explain=true&name=app*") == 200)
    }

    @Test func `equal questions are explained alike, whatever door they came through`() async throws {
        let client = try client()
        let one = await client.get("/releases?explain=true&status=FAILED&namespace=!shop")
        let other = await client.get("/releases?explain=true&filter=NOT%20namespace=shop%20AND%20status=failed")
        #expect(one.body == other.body)
        #expect(one.json["filter"] == .text("namespace!=shop AND status=FAILED"))
        #expect(await client.get("/releases?explain=true").json["filter"] == .text("all()"))
        #expect(await client.get("/releases?explain=true&version=%3E5%20%3C3").json["filter"] == .text("none()"))
    }

    @Test func `equal questions share tags and tokens, whatever door they came through`() async throws {
        let client = try client()
        let first = await client.get("/releases?status=DEPLOYED&page_size=1")
        let same = await client.get("/releases?filter=status=deployed&page_size=1")
        #expect(first.field("ETag") == same.field("ETag"))
        let token = try #require(first.nextToken)
        let second = await client.get("/releases?filter=status=DEPLOYED&page_token=\(token)")
        #expect(second.status == 200)
        #expect(second.identities == ["c-b/default/app-b", "c-c/default/app-c"])
        #expect(await client.get("/releases?filter=status!=DEPLOYED&page_token=\(token)").code == "page_token_mismatch")
        #expect(await client.get("/releases?status=DEPLOYED&explain=true&page_token=\(token)").status == 200)
    }

    @Test func `an explanation waits for nothing, asks no cluster and requires nothing`() async throws {
        var policy = APIPolicy()
        policy.rowsScannedAtOnce = 4
        let client = try client(policy)
        for query in ["max_age=0", "wait=5s", "require=all", "on_missing=fail", "chart_id=x", "name=a*", "cluster=d"] {
            let reply = await client.get("/releases?explain=true&\(query)")
            #expect(reply.status == 200, "\(query)")
            #expect(!reply.waited, "\(query)")
            #expect(
                reply.json["plan"]["leaves_readers_thread"].flag == (query == "chart_id=x" || query == "name=a*"),
                "\(query)")
        }
        #expect(await client.get("/releases?explain=true&chart_id=x").json["plan"]["rows_to_scan"] == .null)
        #expect(await client.get("/releases?explain=true&cluster=zz").code == "cluster_not_found")
        #expect(await client.get("/releases?explain=false").json["items"].elements.count == 5)
        #expect(client.source.seen.demands.isEmpty && client.source.seen.refreshes.isEmpty)
    }

    @Test func `a refused filter says where and what was expected`() async throws {
        let reply = try await client().get("/releases?filter=status=DEPLOYD%20AND%20n%C3%A9=a")
        #expect(reply.status == 400)
        #expect(reply.code == "invalid_filter")
        let errors = reply.json["errors"]
        #expect(errors.elements.count == 2)
        #expect(errors[0]["position"].number == 7 && errors[0]["token"] == .text("DEPLOYD"))
        #expect(errors[0]["hint"] == .text("DEPLOYED"))
        #expect(errors[1]["parameter"] == .text("filter"))
    }
}
