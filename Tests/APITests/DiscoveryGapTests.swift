import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

/// What is said where a source of clusters is silent.
@Suite struct DiscoveryGapTests {
    private let time = ManualTime()
    private let pending = DiscoveryGap(region: "eu-west-0", kind: .cce, credential: "prod", flaw: .pending)
    private func failing(lastSuccess: Instant? = nil) -> DiscoveryGap {
        DiscoveryGap(
            region: "eu-west-0", kind: .autopilot, credential: "prod",
            flaw: .failing(.unauthorized, since: Instant(seconds: 1_790_000_000)), lastSuccess: lastSuccess)
    }
    private func client(_ gaps: [DiscoveryGap], names: [String] = ["a", "b"]) throws -> Client {
        var fleet = Fleet.fresh(names, at: time)
        fleet.gaps = gaps
        return try Client(FakeSource(fleet.snapshot()), time: time)
    }
    private func codes(_ tree: JSONTree) -> [String] { tree["warnings"].elements.compactMap { $0["code"].text } }

    @Test(arguments: [
        "/releases", "/v1/releases?page_size=1", "/releases?format=ndjson", "/v1/summary?group_by=status",
        "/v1/fields/name/values",
    ])
    func `nothing is complete while a source has brought no list, and the source is named`(path: String) async throws {
        for (gap, code) in [(pending, "discovery_pending"), (failing(), "discovery_failed")] {
            let reply = try await client([gap]).get(path)
            let said = reply.lines.last ?? reply.json
            #expect(said["complete"].flag == false)
            #expect(codes(said) == [code])
            let message = said["warnings"][0]["message"].text ?? ""
            #expect(message.contains("eu-west-0") && message.contains("credential prod"))
            #expect(message.contains("unauthorized") == (code == "discovery_failed"))
        }
        let whole = try await client([]).get(path)
        let said = whole.lines.last ?? whole.json
        #expect(said["complete"].flag == true)
        #expect(codes(said) == [])
    }

    @Test func `formats without a place for it say it otherwise`() async throws {
        let client = try client([pending])
        #expect(await client.get("/releases?format=csv").field("Release-Complete") == "false")
        let text = String(decoding: await client.get("/releases?format=text").body, as: UTF8.self)
        #expect(text.contains("INCOMPLETE: releases may be missing above."))
        #expect(text.contains("Warning: the clusters of eu-west-0 (cce, credential prod) are not known yet"))
        #expect(codes(await client.get("/v1/clusters").json) == ["discovery_pending"])
        #expect(codes(await client.get("/releases?explain=true").json) == ["discovery_pending"])
    }

    @Test func `a source that fails after it has answered is named and leaves the answer complete`() async throws {
        let reply = try await client([failing(lastSuccess: Instant(seconds: 1_789_000_000))]).get("/releases")
        #expect(reply.json["complete"].flag == true)
        #expect(codes(reply.json) == ["discovery_failed"])
        let message = reply.json["warnings"][0]["message"].text ?? ""
        #expect(message.contains("2026-09-10T") && message.contains("2026-09-21T"), "\(message)")
    }

    @Test func `a list of which not all can be read is not all`() async throws {
        var gap = pending
        gap.flaw = .unreadable(2)
        gap.lastSuccess = time.wall
        let reply = try await client([gap]).get("/releases")
        #expect(reply.json["complete"].flag == false)
        #expect(codes(reply.json) == ["discovery_incomplete"])
    }

    @Test(arguments: [
        ("region=cn-north-4", false), ("region=eu-west-0,cn-north-4", true), ("cluster_id=c-a", false),
        ("cluster_id=c-a,c-none", true), ("cluster=a", true), ("cluster_id=!c-a", true), ("status=DEPLOYED", true),
    ])
    func `a question that no cluster of the source can answer is not touched by it`(
        query: String, isTouched: Bool
    ) async throws {
        let reply = try await client([pending]).get("/releases?\(query)")
        #expect(reply.json["complete"].flag == !isTouched)
        #expect(codes(reply.json).contains("discovery_pending") == isTouched)
    }

    @Test(arguments: [
        "/releases?cluster_id=c-none", "/releases?cluster=none", "/v1/clusters?cluster_name=none",
        "/v1/clusters/c-none", "/v1/releases/c-none/default/app", "/v1/summary?group_by=status&cluster=none",
    ])
    func `a cluster that may belong to a silent source is unknown, not absent`(path: String) async throws {
        for gap in [pending, failing()] {
            let reply = try await client([gap]).get(path)
            #expect(reply.status == 503)
            #expect(reply.code == "unknown_because_cluster_missing")
            #expect(reply.field("Retry-After") != nil)
            #expect(codes(reply.json).count == 1)
        }
        let stale = try client([failing(lastSuccess: time.wall)])
        #expect(await stale.get(path).code == "cluster_not_found")
        #expect(try await client([]).get(path).code == "cluster_not_found")
    }

    @Test func `what is known of a known cluster does not hang on others`() async throws {
        let client = try client([pending])
        #expect(await client.get("/v1/releases/c-a/default/app-a").status == 200)
        #expect(await client.get("/v1/releases/c-a/default/none").code == "release_not_found")
        #expect(await client.get("/v1/clusters/c-a").status == 200)
        #expect(await client.get("/v1/clusters/no%20id").code == "cluster_not_found")
    }

    @Test func `no answer is empty because a source is silent`() async throws {
        let client = try client([pending])
        #expect(await client.get("/releases?cluster_name=x*").code == "no_data")
        #expect(await client.get("/v1/clusters?region=eu-west-0").code == "unknown_because_cluster_missing")
        #expect(await client.get("/releases?region=nowhere").json["total_size"].number == 0)
        let empty = try self.client([failing()], names: [])
        for path in ["/releases", "/v1/clusters", "/v1/clusters/c-a"] {
            let reply = await empty.get(path)
            #expect(reply.code == "no_data")
            #expect(codes(reply.json) == ["discovery_failed"])
        }
        let none = try self.client([failing(lastSuccess: time.wall)], names: [])
        #expect(await none.get("/releases").code == "no_clusters")
        let starting = try Client(FakeSource(nil), time: time)
        let gap = failing()
        starting.source.change { $0.gaps = [gap] }
        let reply = await starting.get("/releases")
        #expect(reply.code == "starting")
        #expect(codes(reply.json) == ["discovery_failed"])
    }

    @Test(arguments: [
        ("require=all", false), ("require=1%25", false), ("on_missing=fail", false), ("require=any", true),
        ("require=0%25", true), ("require=c-a", true), ("require=all&region=cn-north-4", true),
    ])
    func `a share of an unknown number is not known`(query: String, isAnswered: Bool) async throws {
        let reply = try await client([pending]).get("/releases?\(query)")
        #expect(reply.status == (isAnswered ? 200 : 503))
        if !isAnswered {
            #expect(reply.code == "coverage_not_met")
            #expect(codes(reply.json) == ["discovery_pending"])
        }
    }

    @Test func `an answer's tag changes with what is said of sources, not with when they began to fail`() async throws {
        func tag(_ gaps: [DiscoveryGap], _ path: String) async throws -> String? {
            try await client(gaps).get(path).field("ETag")
        }
        var later = failing()
        later.flaw = .failing(.unauthorized, since: Instant(seconds: 1_795_000_000))
        var other = failing()
        other.flaw = .failing(.timeout, since: Instant(seconds: 1_790_000_000))
        for path in ["/releases", "/v1/summary?group_by=status", "/v1/clusters"] {
            var tags: Set<String?> = []
            for gaps in [[], [pending], [failing()], [other], [failing(lastSuccess: time.wall)]] {
                tags.insert(try await tag(gaps, path))
            }
            #expect(tags.count == 5)
            #expect(try await tag([later], path) == tag([failing()], path))
        }
    }

    @Test func `later pages repeat what page 1 said`() async throws {
        let client = try client([pending])
        let first = await client.get("/releases?page_size=1")
        // The source answers, and has nothing: the same rows, of which everything is known now.
        client.source.serve(Fleet.fresh(["a", "b"], at: time).snapshot())
        let next = await client.get(try #require(first.next))
        #expect(next.json["snapshot"]["id"] == first.json["snapshot"]["id"])
        #expect(next.json["complete"].flag == false)
        #expect(codes(next.json) == ["discovery_pending"])
        #expect(await client.get("/releases?page_size=1").json["complete"].flag == true)
    }

    @Test(arguments: [
        ("region=cn-north-4", true), ("project_id=p1", true), ("label.tag.team=pay", true), ("label.env=prod", true),
        ("label.env=dev", false), ("label.other=x", false), ("cluster_id=c-a", false),
    ])
    func `where projects of all regions are looked up, a cluster may be anywhere and have any tag`(
        query: String, isTouched: Bool
    ) async throws {
        let gap = DiscoveryGap(region: nil, kind: .cce, credential: "prod", labels: ["env": "prod"], flaw: .pending)
        let reply = try await client([gap]).get("/releases?\(query)")
        #expect(codes(reply.json).contains("discovery_pending") == isTouched)
        if isTouched {
            #expect(reply.json["warnings"][0]["message"].text?.contains("all regions (cce, credential prod)") == true)
        }
    }
}
