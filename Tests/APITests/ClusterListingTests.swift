import Cryptography
import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct ClusterListingTests {
    private let time = ManualTime()
    private func fleet() -> Fleet {
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("default", "app")], at: time, ago: .seconds(8), labels: ["env": "prod"])
        fleet.add("b", rows: nil, at: time, failure: .unauthorized)
        fleet.add("c", rows: [], at: time, ago: .seconds(100), failure: .timeout)
        fleet.add("d", rows: nil, at: time, skip: .hibernated)
        return fleet
    }
    private func client(key: String? = nil) throws -> Client {
        var auth = AuthConfig()
        auth.apiKeys = [.init(name: "k", digest: sha256("FAKE-KEY-1".utf8))]
        auth.allowsAnonymous = true
        return try Client(FakeSource(fleet().snapshot()), time: time, auth: auth, key: key)
    }

    @Test func `a cluster tells its state, its last success and its last error`() async throws {
        let reply = try await client(key: "FAKE-KEY-1").get("/v1/clusters/c-c")
        let expected = """
            {"cluster_id":"c-c","cluster_name":"c","state":"stale","as_of":"\((time.wall - .seconds(100)).rfc3339)",\
            "reason":"timeout","upstream_request_id":"upstream-1","region":"cn-north-4","project_id":"project-1",\
            "kind":"cce","labels":{},"releases":0,"last_success":"\((time.wall - .seconds(100)).rfc3339)",\
            "age_seconds":100,"circuit":null,"throttling":null,"clock_offset_seconds":null,\
            "last_error":{"reason":"timeout","at":"\(time.wall.rfc3339)",\
            "upstream_request_id":"upstream-1","detail":"said by the cloud"}}
            """
        #expect(String(decoding: reply.body, as: UTF8.self) == expected)
    }
    @Test func `a cluster tells why it is not asked as often as wished`() async throws {
        let source = FakeSource(fleet().snapshot())
        source.change { [time] in $0.throttling = Throttling(since: time.wall - .seconds(60), callsPerMinute: 2850) }
        let client = try Client(source, time: time)
        let reply = await client.get("/v1/clusters/c-a")
        let expected = #""throttling":{"since":"\#((time.wall - .seconds(60)).rfc3339)","calls_per_minute":2850}"#
        #expect(String(decoding: reply.body, as: UTF8.self).contains(expected))
        source.change { $0.throttling = nil }
        let calm = await client.get("/v1/clusters/c-a")
        #expect(calm.field("ETag") != reply.field("ETag"))
    }
    @Test func `what the cloud said is for key holders`() async throws {
        for target in ["/v1/clusters", "/v1/clusters/c-b"] {
            let open = try await client().get(target)
            #expect(open.status == 200)
            #expect(!String(decoding: open.body, as: UTF8.self).contains("said by the cloud"))
            let known = try await client(key: "FAKE-KEY-1").get(target)
            #expect(String(decoding: known.body, as: UTF8.self).contains("said by the cloud"))
            #expect(open.field("ETag") != known.field("ETag"))
        }
        // Nobody sees it in the list of releases.
        let releases = try await client(key: "FAKE-KEY-1").get("/releases?coverage=all")
        #expect(!String(decoding: releases.body, as: UTF8.self).contains("said by the cloud"))
    }
    @Test(arguments: [
        ("", ["a", "b", "c", "d"]), ("?state=fresh", ["a"]), ("?state=missing,skipped", ["b", "d"]),
        ("?max_age=2s&state=stale", ["a", "c"]), ("?cluster=a,c", ["a", "c"]), ("?label.env=prod", ["a"]),
        ("?region=none*", []),
    ])
    func `clusters are found by what they are and how they stand`(query: String, found: [String]) async throws {
        let reply = try await client().get("/v1/clusters\(query)")
        #expect(reply.json["items"].elements.map { $0["cluster_name"].text } == found)
        #expect(reply.json["total_size"].number == found.count)
    }
    @Test(arguments: [1, 2, 3, 4, 5])
    func `all pages together are all clusters, once each, with no empty last page`(size: Int) async throws {
        let client = try client()
        var names: [String?] = []
        var next: String? = "/v1/clusters?page_size=\(size)&state=fresh,stale,missing,skipped"
        var pages = 0
        while let target = next {
            let reply = await client.get(target)
            names += reply.json["items"].elements.map { $0["cluster_name"].text }
            next = reply.next
            pages += 1
            #expect(!reply.json["items"].elements.isEmpty)
        }
        #expect(names == ["a", "b", "c", "d"])
        #expect(pages == (4 + size - 1) / size)
    }
    @Test func `a token of clusters expires and resumes`() async throws {
        let client = try client()
        let next = try #require(await client.get("/v1/clusters?page_size=3").next)
        time.advance(by: .seconds(600))
        let gone = await client.get(next)
        #expect(gone.code == "page_token_expired")
        let token = try #require(gone.json["resume_page_token"].text)
        let resumed = await client.get("/v1/clusters?page_token=\(token)")
        #expect(resumed.json["items"].elements.map { $0["cluster_name"].text } == ["d"])
        #expect(await client.get("/v1/clusters?state=stale&page_token=\(token)").code == "page_token_mismatch")
    }
}
