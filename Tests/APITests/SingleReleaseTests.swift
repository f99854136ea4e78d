import Compression
import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct SingleReleaseTests {
    private let time = ManualTime()
    private func client(_ rows: [Release], ago: Duration = .zero, skip: Reason? = nil) throws -> Client {
        var fleet = Fleet()
        fleet.add("a", rows: rows, at: time, ago: ago, skip: skip)
        return try Client(FakeSource(fleet.snapshot()), time: time)
    }

    @Test func `every row of a cluster is found by its bytes`() async throws {
        let names = ["a", "ab", "b", "é", "e\u{301}", "z/z", "👍", "%2F"]
        let rows = names.flatMap { namespace in names.map { Release.sample(namespace, $0) } }
        let client = try client(rows)
        func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let digits = String(byte, radix: 16)
                return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }.joined()
        }
        for namespace in names {
            for name in names {
                let row = await client.get("/v1/releases/c-a/\(encoded(namespace))/\(encoded(name))").json
                #expect(row["namespace"].text.map { Array($0.utf8) } == Array(namespace.utf8))
                #expect(row["name"].text.map { Array($0.utf8) } == Array(name.utf8))
            }
        }
        #expect(await client.get("/v1/releases/c-a/a/aa").code == "release_not_found")
    }
    @Test func `a row of a stale cluster is answered with its age`() async throws {
        let reply = try await client([.sample("default", "app")], ago: .seconds(200)).get(
            "/v1/releases/c-a/default/app")
        #expect(reply.json["as_of"].text == (time.wall - .seconds(200)).rfc3339)
        #expect(reply.json["stale"].flag == true)
        #expect(reply.field("Release-Coverage") == "targeted=1, fresh=0, stale=1, missing=0, skipped=0")
    }
    @Test func `waiting for a fresh cluster turns the unknown into an answer`() async throws {
        let client = try client([], ago: .seconds(200))
        let path = "/v1/releases/c-a/default/app"
        #expect(await client.get(path).code == "unknown_because_cluster_missing")
        var fresh = Fleet()
        fresh.add("a", rows: [.sample("default", "app")], at: time)
        let after = fresh.snapshot()
        client.source.change { $0.afterRefresh = after }
        let reply = await client.get("\(path)?max_age=0")
        #expect(reply.waited)
        #expect(reply.status == 200)
        #expect(client.source.seen.refreshes.map(\.clusters) == [[id("a")]])
    }

    private let withheld = HeavyFields(values: .withheld, parameters: .absent, resources: .absent)

    @Test(arguments: ["", "?fields=status", "?fields=parameters"])
    func `the cluster is not asked when nothing withheld is wanted`(query: String) async throws {
        let client = try client([.sample("default", "app", heavy: withheld)])
        let reply = await client.get("/v1/releases/c-a/default/app\(query)")
        #expect(reply.status == 200)
        #expect(!reply.waited)
        #expect(client.source.seen.liveRequests == 0)
    }
    @Test(arguments: ["?view=full", "?fields=values"])
    func `what is not held is asked live, and the whole row is the live one`(query: String) async throws {
        let client = try client([.sample("default", "app", version: 1, heavy: withheld)], ago: .seconds(200))
        let values = try Zstd.compress(Array("{}".utf8))
        let live = Release.sample(
            "default", "app", version: 2, heavy: HeavyFields(values: .held(compressed: values)))
        client.source.change { $0.live = .found(live) }
        let reply = await client.get("/v1/releases/c-a/default/app\(query)")
        #expect(reply.waited)
        #expect(reply.json["values"] == .text("{}"))
        #expect(reply.json["as_of"].text == time.wall.rfc3339)
        #expect(reply.json["withheld"].elements.isEmpty)
        if query == "?view=full" {
            #expect(reply.json["version"].number == 2)
            #expect(reply.json["stale"].flag == false)
        }
    }
    @Test func `the cloud's 404 counts once the cluster's list says the same`() async throws {
        let path = "/v1/releases/c-a/default/app?view=full"
        let rows = [Release.sample("default", "app", heavy: withheld)]
        var fleet = Fleet()
        fleet.add("a", rows: [], at: time)
        let without = fleet.snapshot()
        fleet["a"].standing.lastFailure = Standing.Failure(
            reason: .notFound, at: time.wall, atUptime: time.uptime, detail: "test")
        let failing = fleet.snapshot()
        for (after, code) in [(without, "release_not_found"), (failing, "unknown_because_cluster_missing")] {
            let client = try client(rows)
            client.source.change {
                $0.live = .notFound
                $0.afterRefresh = after
            }
            #expect(await client.get(path).code == code)
            #expect(client.source.seen.refreshes.map(\.clusters) == [[id("a")]])
        }
        let still = try client(rows, ago: .seconds(200))
        still.source.change { $0.live = .notFound }
        let reply = await still.get(path)
        #expect(reply.status == 200)
        #expect(reply.json["withheld"] == .array([.text("values")]))
        #expect(reply.json["stale"].flag == true)
    }
    @Test func `what a fresh cluster's list may hide is asked for by its name`() async throws {
        let path = "/v1/releases/c-a/default/odd"
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("default", "app")], at: time, dropped: 1)
        let client = try Client(FakeSource(fleet.snapshot()), time: time)
        client.source.change { $0.live = .found(.sample("default", "odd", version: 7)) }
        let found = await client.get(path)
        #expect(found.status == 200)
        #expect(found.json["version"].number == 7)
        client.source.change { $0.live = .notFound }
        #expect(await client.get(path).code == "release_not_found")
        client.source.change { $0.live = .failed(.timeout) }
        #expect(await client.get(path).code == "unknown_because_cluster_missing")
        #expect(client.source.seen.liveRequests == 3)
    }
    @Test func `when the live call fails the field is null and named`() async throws {
        let client = try client([.sample("default", "app", heavy: withheld)])
        let reply = await client.get("/v1/releases/c-a/default/app?view=full")
        #expect(client.source.seen.liveRequests == 1)
        #expect(reply.json["values"] == .null)
        #expect(reply.json["withheld"] == .array([.text("values")]))
    }
    @Test func `a cluster that is skipped is not asked live`() async throws {
        let client = try client([.sample("default", "app", heavy: withheld)], skip: .hibernated)
        let reply = await client.get("/v1/releases/c-a/default/app?view=full")
        #expect(client.source.seen.liveRequests == 0)
        #expect(reply.json["withheld"] == .array([.text("values")]))
        #expect(reply.json["stale"].flag == true)
    }
}
