import Cryptography
import GatewayTestKit
import Inbound
import ReleaseModel
import Settings
import Testing
import Timing

@testable import API

@Suite struct PageWalkTests {
    private let time = ManualTime()

    /// Identities in the order of the pages, following `Link`.
    private func walk(
        _ client: Client, from target: String, between pages: () -> Void = {}
    ) async throws -> [[String]] {
        var walked: [[String]] = []
        var next: String? = target
        while let target = next {
            let reply = await client.get(target)
            try #require(reply.status == 200, "\(String(decoding: reply.body, as: UTF8.self))")
            walked.append(reply.identities)
            #expect(reply.field("Release-Coverage")?.isEmpty == false)
            next = reply.next
            #expect((next == nil) == (reply.nextToken == nil))
            pages()
        }
        return walked
    }
    private func fleet(_ rows: Int) -> Fleet {
        Fleet.fresh(["a"], at: time) { _ in
            (0..<rows).map { index in .sample("default", "app-\(100 + index)") }
        }
    }

    @Test(arguments: 1...UInt64(testRuns(default: 60)))
    func `a walk is the set of its first moment, in order, while the fleet churns`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var fleet = CannedFleet(seed: seed, clusters: 12, releases: 0...12)
        let source = FakeSource(fleet.snapshot)
        let client = try Client(source, time: time)
        let order = random.pick([
            "", "&order_by=update_at%20desc", "&order_by=status,version%20desc", "&order_by=severity",
        ])
        let filter = random.pick(["", "&status=!DEPLOYED", "&namespace=*e*", "&updated_after=30d"])
        let size = Int.random(in: 1...20, using: &random)
        let whole = await client.get("/releases?page_size=500\(order)\(filter)").identities

        let pages = try await walk(client, from: "/releases?page_size=\(size)\(order)\(filter)") {
            fleet.churn(percent: 30)
            source.serve(fleet.snapshot)
            time.advance(by: .seconds(1))
        }
        #expect(pages.flatMap { $0 } == whole, "seed \(seed)")
        #expect(Set(whole).count == whole.count, "seed \(seed)")
        #expect(pages.dropLast().allSatisfy { $0.count == size }, "seed \(seed)")
        #expect(whole.isEmpty || pages.last?.isEmpty == false, "seed \(seed): an empty last page")
    }

    @Test func `later pages repeat the coverage, the size and the clock of the first`() async throws {
        let rows = (0..<4).map { Release.sample("default", "app-\($0)", updatedAt: time.wall - .seconds(500)) }
        var before = Fleet.fresh(["a"], at: time) { _ in rows }
        before.add("b", rows: nil, at: time, failure: .timeout)
        let client = try Client(FakeSource(before.snapshot()), time: time)
        let first = await client.get("/releases?page_size=2&updated_after=10m&coverage=all")

        // All of it changes: the failed cluster answers, rows grow older than the filter lets pass.
        time.advance(by: .seconds(400))
        var after = before
        after["a"].rows = []
        after["b"].rows = [.sample("default", "late")]
        client.source.serve(after.snapshot())
        let second = await client.get(try #require(first.next))
        #expect(second.identities == ["c-a/default/app-2", "c-a/default/app-3"])
        for member in ["coverage", "total_size", "snapshot", "complete"] {
            #expect(second.json[member] == first.json[member], "\(member)")
        }
        #expect(second.field("Release-Coverage") == first.field("Release-Coverage"))
        // Asked anew, the same question has another answer.
        #expect(await client.get("/releases?updated_after=10m").json["total_size"].number == 0)
    }
    @Test func `rows left out on page 1 stay out, even when their cluster answers meanwhile`() async throws {
        var before = fleet(3)
        before.add("b", rows: [.sample("default", "old")], at: time, ago: .seconds(3600))
        let client = try Client(FakeSource(before.snapshot()), time: time)
        let first = await client.get("/releases?page_size=2&on_missing=omit")
        before["b"].standing.lastSuccess = .init(sentAt: time.wall, sentUptime: time.uptime)
        client.source.serve(before.snapshot())
        let second = await client.get(try #require(first.next))
        #expect(second.identities == ["c-a/default/app-102"])
        #expect(second.json["coverage"] == first.json["coverage"])
    }

    // MARK: - Changed and foreign

    @Test(arguments: [
        "page_size=1", "fields=name", "view=full", "coverage=none", "max_age=1h", "wait=1s", "require=all",
    ])
    func `how a page looks may change from page to page`(parameter: String) async throws {
        let client = try Client(FakeSource(fleet(5).snapshot()), time: time)
        let token = try #require(await client.get("/releases?status=DEPLOYED&page_size=2").nextToken)
        let reply = await client.get("/releases?status=DEPLOYED&page_token=\(token)&\(parameter)")
        #expect(reply.status == 200)
        #expect(reply.identities.first == "c-a/default/app-102")
    }
    @Test(arguments: [
        "", "status=FAILED&", "status=DEPLOYED&order_by=name&", "status=DEPLOYED&namespace=x&",
        "status=DEPLOYED&chart_id=x&",
    ])
    func `what is asked may not change`(query: String) async throws {
        let client = try Client(FakeSource(fleet(5).snapshot()), time: time)
        let token = try #require(await client.get("/releases?status=DEPLOYED&page_size=2").nextToken)
        #expect(await client.get("/releases?\(query)page_token=\(token)").code == "page_token_mismatch")
        #expect(await client.get("/v1/clusters?page_token=\(token)").code == "page_token_mismatch")
    }
    @Test func `a token is no key, and one given to a key holder is not good for others`() async throws {
        var auth = AuthConfig()
        auth.apiKeys = ["FAKE-KEY-1", "FAKE-KEY-2"].map { .init(name: $0, digest: sha256($0.utf8)) }
        auth.allowsAnonymous = true
        var client = try Client(FakeSource(fleet(5).snapshot()), time: time, auth: auth, key: "FAKE-KEY-1")
        let next = try #require(await client.get("/releases?page_size=2").next)
        client.key = "FAKE-KEY-2"
        #expect(await client.get(next).status == 200)
        client.key = nil
        #expect(await client.get(next).code == "page_token_mismatch")
        client.key = "FAKE-KEY-3"
        #expect(await client.get(next).code == "unauthenticated")
    }

    // MARK: - Replicas

    @Test func `replicas with the same key and rows go on with each other's tokens`() async throws {
        func replica(_ key: String?) throws -> Client {
            // Its own snapshot of the same content, fetched at another time.
            let source = FakeSource(fleet(7).snapshot())
            return try Client(source, time: time, tokenKey: key)
        }
        let key = "FAKE-TOKEN-KEY-0123"
        let (one, other) = (try replica(key), try replica(key))
        let first = await one.get("/releases?page_size=3")
        let second = await other.get(try #require(first.next))
        let third = await one.get(try #require(second.next))
        #expect((first.identities + second.identities + third.identities).count == 7)
        #expect(Set(first.identities + second.identities + third.identities).count == 7)
        #expect(third.nextToken == nil)
        #expect(await one.get("/releases").field("ETag") == other.get("/releases").field("ETag"))
        #expect(try await replica("FAKE-TOKEN-KEY-0124").get(try #require(first.next)).code == "invalid_page_token")
        #expect(try await replica(nil).get(try #require(first.next)).code == "invalid_page_token")
        // Without the rows there is nothing to go on with but the newest ones.
        let ahead = try replica(key)
        ahead.source.serve(fleet(8).snapshot())
        #expect(await ahead.get(try #require(first.next)).code == "page_token_expired")
    }
    @Test func `a replica that cannot know which rows were left out does not guess`() async throws {
        var stale = fleet(3)
        stale.add("b", rows: [.sample("default", "old")], at: time, ago: .seconds(3600))
        let one = try Client(FakeSource(stale.snapshot()), time: time, tokenKey: "FAKE-TOKEN-KEY-0123")
        let other = try Client(FakeSource(stale.snapshot()), time: time, tokenKey: "FAKE-TOKEN-KEY-0123")
        let next = try #require(await one.get("/releases?page_size=2&on_missing=omit").next)
        #expect(await other.get(next).code == "page_token_expired")
        #expect(await one.get(next).status == 200)
    }

    @Test func `rows labelled anew are not called fresh when their cluster has failed since`() async throws {
        var pages = PagesConfig()
        pages.pinnedBytes = 80_000  // the rows of 100 clusters, and not what was said of them
        var fleet = Fleet.fresh((100..<200).map { "\($0)" }, at: time)
        let client = try Client(FakeSource(fleet.snapshot()), time: time, pages: pages)
        let first = await client.get("/releases?page_size=30")
        #expect(first.field("Release-Coverage") == "targeted=100, fresh=100, stale=0, missing=0, skipped=0")
        fleet["110"].rows = [.sample("default", "another")]
        fleet["150"].standing.lastFailure = Standing.Failure(
            reason: .timeout, at: time.wall, atUptime: time.uptime, detail: "")
        client.source.serve(fleet.snapshot())
        let second = await client.get(try #require(first.next))
        #expect(second.json["snapshot"]["id"] == first.json["snapshot"]["id"])
        #expect(second.field("Release-Coverage") == "targeted=100, fresh=99, stale=1, missing=0, skipped=0")
        #expect(second.json["coverage"]["clusters"][0]["reason"] == .text("timeout"))
    }

    // MARK: - The end of a token

    @Test func `an expired token resumes behind the same row in the newest snapshot, and says so`() async throws {
        let client = try Client(FakeSource(fleet(6).snapshot()), time: time)
        let first = await client.get("/releases?page_size=2")
        let next = try #require(first.next)
        time.advance(by: .seconds(599))
        #expect(await client.get(next).status == 200)
        time.advance(by: .seconds(1))
        let gone = await client.get(next)
        #expect(gone.status == 410)
        #expect(gone.code == "page_token_expired")

        var changed = fleet(6)
        changed["a"].rows?.removeAll { $0.name == "app-102" }
        client.source.serve(changed.snapshot())
        let resume = try #require(gone.json["resume_page_token"].text)
        let resumed = await client.get("/releases?page_size=2&page_token=\(resume)")
        #expect(resumed.identities == ["c-a/default/app-103", "c-a/default/app-104"])
        #expect(resumed.json["warnings"][0]["code"] == .text("snapshot_changed"))
        #expect(resumed.json["snapshot"]["id"] == .text("s-\(changed.snapshot().id.hex(bytes: 16))"))
        let last = await client.get(try #require(resumed.next))
        #expect(last.identities == ["c-a/default/app-105"])
        #expect(last.json["warnings"].elements.isEmpty)

        time.advance(by: .seconds(600))
        let again = await client.get("/releases?page_size=2&page_token=\(resume)")
        #expect(again.code == "page_token_expired")
        #expect(again.json["resume_page_token"].text != nil)
    }
    @Test func `without memory for pins a token is good as long as nothing changes`() async throws {
        var pages = PagesConfig()
        pages.pinnedBytes = 0
        let client = try Client(FakeSource(fleet(6).snapshot()), time: time, pages: pages)
        let next = try #require(await client.get("/releases?page_size=2").next)
        #expect(await client.get(next).status == 200)
        client.source.serve(fleet(7).snapshot())
        let gone = await client.get(next)
        #expect(gone.code == "page_token_expired")
        #expect(gone.json["resume_page_token"].text != nil)
    }
}
