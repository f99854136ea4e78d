import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

/// A tag changes when the answer does, and only then.
@Suite struct EntityTagTests {
    private static let time = ManualTime()
    private static func base() -> Fleet {
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("default", "app"), .sample("default", "bpp")], at: time)
        fleet.add("b", rows: [.sample("default", "cpp")], at: time, ago: .seconds(100), failure: .timeout)
        return fleet
    }
    private func tag(_ fleet: Fleet, _ target: String) async throws -> String {
        let client = try Client(FakeSource(fleet.snapshot()), time: Self.time)
        return try #require(await client.get(target).field("ETag"))
    }
    struct Change: CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (inout Fleet) -> Void
    }
    static let telling: [Change] = [
        Change(testDescription: "a row's status") { $0["a"].rows?[0].status = "FAILED" },
        Change(testDescription: "a row's chart") { $0["a"].rows?[0].chartName = nil },
        Change(testDescription: "a row more") { $0["a"].rows?.append(.sample("default", "new")) },
        Change(testDescription: "a row less") { $0["a"].rows?.removeLast() },
        Change(testDescription: "a cluster's name") { $0["a"].cluster.name = "other" },
        Change(testDescription: "a cluster's label") { $0["a"].cluster.labels = ["env": "prod"] },
        Change(testDescription: "a state") {
            $0["b"].standing.lastFailure = nil
            $0["b"].standing.lastSuccess?.sentUptime = time.uptime
        },
        Change(testDescription: "a reason") { $0["b"].standing.lastFailure?.reason = .network },
        Change(testDescription: "a dropped row") { $0["a"].dropped = 1 },
        Change(testDescription: "a repaired row") { $0["a"].repaired = 1 },
        Change(testDescription: "a cluster more") { $0.add("c", rows: [], at: time) },
    ]
    static let silent: [Change] = [
        Change(testDescription: "a newer fetch of the same rows") {
            $0["a"].standing.lastSuccess = .init(sentAt: time.wall - .seconds(3), sentUptime: time.uptime - .seconds(3))
        },
        Change(testDescription: "the time of a failure") { $0["b"].standing.lastFailure?.at = time.wall - .seconds(9) },
        Change(testDescription: "the next attempt") { $0["b"].standing.retryAt = time.wall + .seconds(9) },
        Change(testDescription: "the cloud's id of the refused call") {
            $0["b"].standing.lastFailure?.upstreamRequestID = "upstream-2"
        },
    ]

    @Test(arguments: telling)
    func `what the list says is in its tag`(change: Change) async throws {
        var changed = Self.base()
        change.apply(&changed)
        #expect(try await tag(changed, "/releases") != tag(Self.base(), "/releases"))
    }
    @Test(arguments: silent)
    func `time stamps are not in a tag`(change: Change) async throws {
        var changed = Self.base()
        change.apply(&changed)
        for target in [
            "/releases", "/releases?page_size=1", "/v1/clusters", "/v1/clusters/c-b", "/v1/releases/c-b/default/cpp",
        ] {
            #expect(try await tag(changed, target) == tag(Self.base(), target), "\(target)")
        }
    }
    @Test func `rows that the page does not show are in its tag by their number alone`() async throws {
        var changed = Self.base()
        changed["a"].rows?[1].status = "FAILED"
        #expect(try await tag(changed, "/releases?page_size=1") == tag(Self.base(), "/releases?page_size=1"))
        #expect(try await tag(changed, "/releases") != tag(Self.base(), "/releases"))
    }
    @Test func `every question, view and page has its own tag`() async throws {
        let client = try Client(FakeSource(Self.base().snapshot()), time: Self.time)
        let first = await client.get("/releases?page_size=1")
        let targets = [
            "/releases", "/releases?page_size=1", try #require(first.next), "/releases?order_by=name%20desc",
            "/releases?view=full", "/releases?fields=name", "/releases?coverage=all", "/releases?cluster=a",
            "/v1/clusters", "/v1/clusters/c-a", "/v1/clusters/c-b", "/v1/releases/c-a/default/app",
            "/v1/releases/c-a/default/bpp", "/v1/releases/c-a/default/app?view=full",
        ]
        var tags: Set<String> = []
        for target in targets { tags.insert(try #require(await client.get(target).field("ETag"), "\(target)")) }
        #expect(tags.count == targets.count)
    }
    @Test func `time passing changes the tag when it changes the answer`() async throws {
        let time = ManualTime()
        let rows = [Release.sample("default", "app", updatedAt: time.wall - .seconds(550))]
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot()), time: time)
        let before = await client.get("/releases?updated_after=10m").field("ETag")
        time.advance(by: .seconds(40))
        #expect(await client.get("/releases?updated_after=10m").field("ETag") == before)
        time.advance(by: .seconds(20))
        #expect(await client.get("/releases?updated_after=10m").field("ETag") != before)
    }
    @Test(arguments: [
        "/releases", "/releases?page_size=1", "/v1/clusters", "/v1/clusters/c-a", "/v1/releases/c-a/default/app",
    ])
    func `a caller who has the answer is told so, with its coverage`(target: String) async throws {
        let client = try Client(FakeSource(Self.base().snapshot()), time: Self.time)
        let full = await client.get(target)
        let tag = try #require(full.field("ETag"))
        for value in [tag, "*", "\"x\", \(tag)"] {
            let reply = await client.get(target, [("if-none-match", value)])
            #expect(reply.status == 304)
            #expect(reply.body.isEmpty)
            #expect(reply.field("ETag") == tag)
            #expect(reply.field("Release-Coverage") == full.field("Release-Coverage"))
            #expect(reply.field("Content-Type") == nil)
        }
        #expect(await client.get(target, [("if-none-match", "\"x\"")]).status == 200)
    }
}
