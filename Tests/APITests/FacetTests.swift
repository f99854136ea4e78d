import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

/// Facets count what the pages of the same question show.
@Suite struct FacetTests {
    private let time = ManualTime()

    private func fleet() -> Fleet {
        var fleet = Fleet()
        var bare = Release.sample("default", "bare", status: "FAILED")
        bare.chartName = nil
        fleet.add(
            "a", rows: [.sample("default", "x"), .sample("shop", "y", chart: "redis"), bare], at: time,
            labels: ["env": "prod"])
        fleet.add("b", rows: [.sample("shop", "z", status: "FAILED")], at: time, ago: .seconds(100), failure: .timeout)
        fleet.add("c", rows: nil, at: time, failure: .unauthorized)
        fleet.add("d", rows: [.sample("default", "w")], at: time, skip: .hibernated)
        return fleet
    }
    private func counts(_ facet: JSONTree) -> [String] {
        facet.elements.map {
            "\($0["value"].text ?? ($0["value"] == .null ? "null" : "?")) \($0["count"].number ?? -1)"
        }
    }

    @Test func `counts come greatest first, then by value, and null has its own`() async throws {
        let client = try Client(FakeSource(fleet().snapshot()), time: time)
        let reply = await client.get("/releases?facets=status,chart_name,label.env,cluster_id&page_size=1")
        let facets = reply.json["facets"]
        #expect(counts(facets["status"]) == ["DEPLOYED 3", "FAILED 2"])
        #expect(counts(facets["chart_name"]) == ["magento-mysql 3", "redis 1", "null 1"])
        #expect(counts(facets["label.env"]) == ["prod 3", "null 2"])
        #expect(counts(facets["cluster_id"]) == ["c-a 3", "c-b 1", "c-d 1"])
        #expect(reply.json["facets_rest"] == .nothing)
        #expect(reply.json["total_size"].number == 5)
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(text.contains(#""facets":{"status":[{"value":"DEPLOYED","count":3},{"value":"FAILED","count":2}],"#))
        #expect(await client.get("/releases").json["facets"] == .nothing)
    }

    @Test(arguments: [
        ("", ["DEPLOYED 3", "FAILED 2"]), ("&on_missing=omit", ["DEPLOYED 3", "FAILED 1"]),
        ("&status=FAILED", ["FAILED 2"]), ("&cluster=b", ["FAILED 1"]), ("&namespace=nowhere", []),
        ("&label.env=prod&namespace=default", ["DEPLOYED 1", "FAILED 1"]),
        ("&cluster=d,a", ["DEPLOYED 3", "FAILED 1"]),
    ])
    func `the rows counted are those of the pages: stale and skipped ones stay, omitted ones do not`(
        query: String, expected: [String]
    ) async throws {
        let client = try Client(FakeSource(fleet().snapshot()), time: time)
        let json = await client.get("/releases?facets=status\(query)").json
        #expect(counts(json["facets"]["status"]) == expected)
        let sum = json["facets"]["status"].elements.reduce(0) { $0 + ($1["count"].number ?? 0) }
        #expect(sum == json["total_size"].number)
        #expect(json["items"].elements.count == sum)
    }

    @Test func `a hundred values are listed and the rest is told by number`() async throws {
        let rows = (0..<250).map { Release.sample("default", "app-\($0)", chart: "chart-\($0 % 120)") }
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot()), time: time)
        let json = await client.get("/releases?facets=chart_name,status").json
        let listed = json["facets"]["chart_name"].elements
        #expect(listed.count == 100)
        #expect(listed.prefix(10).allSatisfy { $0["count"].number == 3 })
        #expect(json["facets_rest"]["chart_name"]["distinct"].number == 120)
        #expect(json["facets_rest"]["chart_name"]["other_count"].number == 40)
        #expect(json["facets_rest"]["status"] == .nothing)
        #expect(listed.reduce(40) { $0 + ($1["count"].number ?? 0) } == 250)
    }

    @Test func `every page that asks gets page 1's counts, and links do not ask`() async throws {
        let source = FakeSource(fleet().snapshot())
        let client = try Client(source, time: time)
        let first = await client.get("/releases?facets=status&page_size=2")
        let next = try #require(first.next)
        #expect(!next.contains("facets"))
        // The fleet changes underneath.
        var changed = fleet()
        changed["a"].rows = []
        source.serve(changed.snapshot())
        time.advance(by: .seconds(5))
        let second = await client.get(next)
        #expect(second.json["facets"] == .nothing)
        #expect(await client.get(next + "&facets=status").json["facets"] == first.json["facets"])
        #expect(counts(await client.get(next + "&facets=region").json["facets"]["region"]) == ["cn-north-4 5"])
    }

    @Test func `relative times are counted at the clock of page 1`() async throws {
        let rows = (0..<10).map { Release.sample("default", "app-\($0)", updatedAt: time.wall - .seconds($0 * 60)) }
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot()), time: time)
        let first = await client.get("/releases?updated_after=5m&facets=status&page_size=2")
        #expect(counts(first.json["facets"]["status"]) == ["DEPLOYED 6"])
        time.advance(by: .seconds(60))
        let second = await client.get(try #require(first.next) + "&facets=status")
        #expect(counts(second.json["facets"]["status"]) == ["DEPLOYED 6"])
        #expect(
            counts(await client.get("/releases?updated_after=5m&facets=status").json["facets"]["status"])
                == ["DEPLOYED 5"])
    }

    @Test func `the tag covers the counts`() async throws {
        func tag(_ fleet: Fleet, _ target: String) async throws -> String {
            try #require(await Client(FakeSource(fleet.snapshot()), time: time).get(target).field("ETag"))
        }
        var same = fleet()
        same["a"].rows?[1].status = "FAILED"
        #expect(try await tag(fleet(), "/releases?page_size=1") == tag(same, "/releases?page_size=1"))
        #expect(
            try await tag(fleet(), "/releases?page_size=1&facets=status")
                != tag(same, "/releases?page_size=1&facets=status"))
        #expect(
            try await tag(fleet(), "/releases?page_size=1&facets=region")
                == tag(same, "/releases?page_size=1&facets=region"))
        #expect(
            try await tag(fleet(), "/releases?page_size=1&facets=region")
                != tag(fleet(), "/releases?page_size=1&facets=status"))
    }

    @Test func `counting many rows is left to a task`() async throws {
        let rows = (0..<40).map { Release.sample("default", "app-\($0)") }
        var policy = APIPolicy()
        policy.rowsScannedAtOnce = 30
        let client = try Client(
            FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot()), time: time, policy: policy)
        #expect(await client.get("/releases").waited == false)
        let counted = await client.get("/releases?facets=status")
        #expect(counted.waited)
        #expect(counts(counted.json["facets"]["status"]) == ["DEPLOYED 40"])
    }
}
