import Compression
import GatewayTestKit
import Inbound
import Locking
import Platform
import ReleaseModel
import Settings
import Testing
import Timing

@testable import API

/// What an export does that goes wrong, or on for long.
@Suite struct ExportTests {
    private static let time = ManualTime()
    private static func fleet(_ names: [String] = ["a", "b", "c"], rows: Int = 500, tag: String = "app") -> Fleet {
        Fleet.fresh(names, at: time) { _ in (0..<rows).map { .sample("default", "\(tag)-\($0)") } }
    }
    private func handler(
        _ source: FakeSource, work: LongWork = LongWork(), pinnedBytes: Int = 256 << 20, time: ManualTime = Self.time
    ) throws -> (APIHandler, Pages) {
        var config = PagesConfig()
        config.pinnedBytes = pinnedBytes
        let pages = try Pages(config, tokenKey: nil)
        let handler = APIHandler(
            source: source, time: time, policy: APIPolicy(),
            authenticator: Authenticator(
                AuthConfig(), keys: CallerKeys(AuthConfig(), secrets: SecretReader()), time: time), pages: pages,
            work: work, readiness: { .ready })
        return (handler, pages)
    }
    private func stream(_ handler: APIHandler, _ query: String = "") throws -> any BodyStream {
        guard
            case .respond(let response) = handler.answerNow(InboundRequest(target: "/releases?format=ndjson" + query)),
            case .stream(let stream) = response.body
        else { throw NoStream() }
        return stream
    }
    private struct NoStream: Error {}

    @Test func `an export reads one snapshot, whatever comes meanwhile`() async throws {
        let source = FakeSource(Self.fleet().snapshot())
        let (handler, _) = try handler(source)
        let stream = try stream(handler)
        let first = await stream.read(atMost: 1000)
        source.serve(Self.fleet(tag: "new").snapshot())
        let rest = await stream.read()
        #expect(!rest.isCut)
        let lines = (first.bytes + rest.bytes).split(separator: 0x0A).map { JSONTree(parsing: Array($0)) }
        #expect(lines.count == 1501)
        #expect(lines.dropLast().allSatisfy { $0["name"].text?.hasPrefix("app-") == true })
        #expect(Set(lines.dropLast().map { "\($0["cluster_id"])\($0["name"])" }).count == 1500)
        #expect(lines.last?["total_size"] == .number(1500))
    }
    @Test func `every order gives the same rows, each in its own`() async throws {
        let client = try Client(FakeSource(Self.fleet(rows: 50).snapshot()), time: Self.time)
        var page = await client.get("/releases?order_by=name%20desc,region&page_size=500")
        var items = page.json["items"].elements
        while let next = page.next {
            page = await client.get(next)
            items += page.json["items"].elements
        }
        let lines = await client.get("/releases?order_by=name%20desc,region&format=ndjson").lines
        #expect(Array(lines.dropLast()) == items)
    }
    @Test func `a snapshot let go of cuts the export, so that it lacks its record`() async throws {
        let source = FakeSource(Self.fleet().snapshot())
        let (handler, pages) = try handler(source, pinnedBytes: 100_000)
        let stream = try stream(handler)
        let first = await stream.read(atMost: 1000)
        #expect(pages.counts.pinnedSnapshots == 1)
        // Now its rows are held for the export alone, and that is more than may be.
        let next = Self.fleet(tag: "new").snapshot()
        source.serve(next)
        pages.letGoExpired(newest: next, now: Self.time.uptime)
        let rest = await stream.read()
        #expect(rest.isCut)
        #expect(first.bytes.count + rest.bytes.count < 300_000)
        #expect(pages.counts.pinnedSnapshots == 0)
    }
    @Test func `an export holds its snapshot for as long as it takes, and no longer`() async throws {
        let time = ManualTime()
        let source = FakeSource(Fleet.fresh(["a"], at: time).snapshot())
        let work = LongWork()
        let (handler, pages) = try handler(source, work: work, time: time)
        do {
            let stream = try stream(handler)
            time.advance(by: .seconds(7200))
            pages.letGoExpired(newest: source.current, now: time.uptime)
            #expect(pages.counts.pinnedSnapshots == 1 && work.counts.exports == 1)
            let read = await stream.read()
            #expect(!read.isCut && work.counts.exports == 0)
        }
        pages.letGoExpired(newest: source.current, now: time.uptime)
        #expect(pages.counts.pinnedSnapshots == 0)
    }
    @Test func `so many exports and no more, and those who leave make room`() async throws {
        let work = LongWork()
        let (handler, _) = try handler(FakeSource(Self.fleet().snapshot()), work: work)
        var streams: [any BodyStream] = []
        for _ in 0..<LongWork.exportLimit { streams.append(try stream(handler)) }
        guard case .respond(let refused) = handler.answerNow(InboundRequest(target: "/releases?format=csv")) else {
            Issue.record("waits")
            return
        }
        #expect(refused.status == 503)
        // One in the middle of a block, one at rest, the others not begun.
        _ = streams[0].next(atMost: 10)
        _ = await streams[1].read(atMost: 10)
        streams = []
        // A block that is being made is made to its end.
        _ = try await eventually { work.counts == LongWork.Counts() ? true : nil }
        #expect(try await stream(handler).read().bytes.count > 1000)
    }
    @Test func `the next block is made only when the one before is taken`() async throws {
        let work = LongWork()
        let (handler, _) = try handler(FakeSource(Self.fleet(rows: 3000).snapshot()), work: work)
        let stream = try stream(handler)
        var blocks = 0
        var sizes: [Int] = []
        var block = 0
        loop: while true {
            switch stream.next(atMost: 10_000) {
            case .bytes(let bytes):
                block += bytes.count
                #expect(work.counts.pool == .init())
            case .waiting(let signal, _):
                if block > 0 { sizes.append(block) }
                (block, blocks) = (0, blocks + 1)
                await withCheckedContinuation { continuation in signal.whenGiven { continuation.resume() } }
                // The signal comes from the piece of work itself.
                _ = try await eventually { work.counts.pool == .init() ? true : nil }
            case .later: Issue.record("no room")
            case .end: break loop
            case .abort:
                Issue.record("cut")
                break loop
            }
        }
        #expect(blocks > 20)
        #expect(sizes.allSatisfy { $0 <= 256 << 10 })
    }
    @Test func `a pool without room is waited for, at last in vain`() async throws {
        let time = ManualTime()
        let work = LongWork(threads: 1, queueLimit: 1)
        let (handler, _) = try handler(FakeSource(Fleet.fresh(["a"], at: time).snapshot()), work: work, time: time)
        let stream = try stream(handler)
        let gate = Lock<Bool>(false)
        let busy: @Sendable () -> Void = { while !gate.withLock({ $0 }) {} }
        #expect(work.pool.submit(busy))
        _ = try await eventually { work.counts.pool.running == 1 ? true : nil }
        #expect(work.pool.submit {})
        for _ in 0..<10 {
            guard case .later(let until) = stream.next(atMost: 10) else {
                Issue.record("does not wait")
                break
            }
            time.advance(by: until - time.uptime)
        }
        time.advance(by: .seconds(30))
        guard case .abort = stream.next(atMost: 10) else {
            Issue.record("waits for ever")
            return
        }
        gate.withLock { $0 = true }
        _ = try await eventually { work.counts == LongWork.Counts() ? true : nil }
    }
    @Test(arguments: ContentCoding.allCases)
    func `an export comes compressed, and is cut within its frame`(coding: ContentCoding) async throws {
        let client = try Client(FakeSource(Self.fleet().snapshot()), time: Self.time)
        let plain = await client.get("/releases?format=csv")
        let coded = await client.get("/releases?format=csv", [("accept-encoding", coding.rawValue)])
        #expect(coded.field("Content-Encoding") == coding.rawValue)
        #expect(coded.body.count < plain.body.count / 5 && !coded.isCut)
        #expect(plain.field("Content-Encoding") == nil)
    }
}
