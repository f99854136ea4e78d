import API
import Foundation
import GatewayTestKit
import Inbound
import JSON
import Locking
import Logging
import ReleaseModel
import Settings
import Testing
import Timing

/// Exports of many rows over real sockets: what they cost, and what becomes of them at an end that nobody planned.
@Suite(.serialized) struct ExportTests {
    /// `RELEASE_GATEWAY_RUNS` rows or 100,000 without, but never fewer than make several blocks for each cluster.
    static let rows = max(testRuns(default: 100_000), 20_000)

    @Test(arguments: ["", "&order_by=update_at%20desc,name"])
    func `an export to a slow reader takes little memory and holds nobody up`(order: String) async throws {
        try await Served.run(rows: Self.rows) { served in
            // What is made once for all, such as threads and their memory, is not the export's.
            _ = try await served.export("&cluster_name=cluster-1*\(order)") { _ in }
            let before = try Served.residentBytes()
            let most = Lock(before)
            let others = try await onThread { try RawClient(port: served.port) }
            let read = try await served.export(order) { pieces in
                guard pieces % 64 == 0 else { return }
                // Meanwhile the export waits, and others are answered.
                try others.send("GET /releases?page_size=1 HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try others.readAnswer().status == 200)
                let now = try Served.residentBytes()
                most.withLock { $0 = max($0, now) }
            }
            #expect(read.isWhole)
            #expect(read.lines == served.rows + 1)
            let record = try JSONValue.parse(read.lastLine)
            #expect(record["total_size"] == .integer(Int64(served.rows)))
            #expect(record["complete"] == .boolean(true))
            let extra = most.withLock { $0 } - before
            #expect(extra < 32 << 20, "\(extra) bytes more than before")
            print("export of \(served.rows) rows, \(read.byteCount) bytes: at most \(extra >> 10) KiB more resident")
        }
    }

    @Test func `of two exports at once one goes on when the reader of the other leaves`() async throws {
        try await Served.run(rows: 20_000) { served in
            for leave in [RawClient.reset, RawClient.closeNow] {
                let leaving = try await onThread {
                    let client = try RawClient(port: served.port, receiveBuffer: 4096)
                    try client.send(Served.request(""))
                    _ = try client.readPiece()
                    return client
                }
                let read = try await served.export("") { pieces in if pieces == 10 { leave(leaving)() } }
                #expect(read.isWhole && read.lines == served.rows + 1)
                try await served.server.wait { $0.inFlight == 0 && $0.suspended == 0 }
                _ = try await eventually { served.work.counts == LongWork.Counts() ? true : nil }
            }
        }
    }

    @Test func `an export that a stop finds is finished when there is time, else cut where one sees it`() async throws {
        for (drainTimeout, isWhole) in [(Duration.seconds(60), true), (.zero, false)] {
            try await Served.run(rows: 50_000) { served in
                let begun = Lock(false)
                async let read = served.export("") { pieces in
                    if pieces == 1 { begun.withLock { $0 = true } }
                    // Not before the stop has begun.
                    while pieces == 10, !served.isStopping.withLock({ $0 }) {}
                }
                _ = try await eventually { begun.withLock { $0 } ? true : nil }
                served.isStopping.withLock { $0 = true }
                await served.server.shutdown(drainTimeout: drainTimeout)
                let found = try await read
                #expect(found.isWhole == isWhole)
                if !isWhole { #expect(found.lines < served.rows) }
                _ = try await eventually { served.work.counts == LongWork.Counts() ? true : nil }
            }
        }
    }
}

/// A server in front of a fleet whose clusters all hold the same rows, so that many cost nothing to hold.
private struct Served: Sendable {
    let server: InboundServer
    let port: UInt16
    let work: LongWork
    let rows: Int
    let isStopping = Lock(false)

    private static let rowsOfCluster = 500

    static func run(rows: Int, _ body: @Sendable (Served) async throws -> Void) async throws {
        let time = SystemTime()
        let work = LongWork()
        let clusters = rows / rowsOfCluster
        let handler = APIHandler(
            source: HeldSource(current: snapshot(clusters: clusters, time: time)), time: time, policy: APIPolicy(),
            authenticator: Authenticator(
                AuthConfig(), keys: CallerKeys(AuthConfig(), secrets: SecretReader()), time: SystemTime()),
            pages: try Pages(PagesConfig(), tokenKey: nil), work: work,
            readiness: { .ready })
        var options = ListenerOptions(address: .loopback(port: 0), config: ServerConfig())
        options.requestTimeout = .seconds(300)
        let server = InboundServer(
            config: options, handler: handler, time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        let served = Served(
            server: server, port: try #require(server.port), work: work, rows: clusters * rowsOfCluster)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(served)) } catch { outcome = .failure(error) }
            await server.shutdown(drainTimeout: .zero)
            try outcome.get()
        }
        #expect(server.counts == ServerCounts())
    }

    /// Reads an export to its end, whole or not, piece by piece; `between` is told how many there were.
    func export(
        _ query: String, between: @escaping @Sendable (Int) throws -> Void
    ) async throws -> ChunkReader {
        try await onThread {
            let client = try RawClient(port: port, receiveBuffer: 32 << 10)
            try client.send(Self.request(query))
            var reader = ChunkReader()
            var pieces = 0
            while !reader.isWhole {
                let piece = try client.readPiece()
                if piece.isEmpty { break }
                reader.take(piece)
                pieces += 1
                try between(pieces)
            }
            return reader
        }
    }
    static func request(_ query: String) -> String {
        "GET /releases?format=ndjson\(query) HTTP/1.1\r\nHost: test\r\n\r\n"
    }

    /// Of this process, by `/proc/self/statm`.
    static func residentBytes() throws -> Int {
        let text = try #require(fileText("/proc/self/statm"))
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }

    /// In order: by namespace, then name.
    private static func row(_ index: Int) -> Release {
        let updated: Int64 = 1_700_000_000 + Int64(index % 97)
        return Release(
            namespace: "namespace-\(index / 50)", name: "release-\(1000 + index)", version: Int64(index % 9),
            chartName: "chart-\(index % 40)", chartVersion: "1.\(index % 20).0", chartPublic: false,
            status: index % 17 == 0 ? "FAILED" : "DEPLOYED", statusDescription: "Install complete",
            createAt: Instant(seconds: 1_700_000_000), updateAt: Instant(seconds: updated))
    }
    private static func snapshot(clusters: Int, time: any TimeSource) -> Snapshot {
        let rows = (0..<rowsOfCluster).map(row)
        let part = ClusterPart(
            rows: rows, rowHashes: rows.indices.map { UInt64($0) }, contentHash: ContentHash(words: (1, 2, 3, 4)),
            dropped: 0, repaired: 0)
        let standing = Standing(
            lastSuccess: Standing.Success(sentAt: time.wall, sentUptime: time.uptime + .seconds(3600)))
        let entries = (0..<clusters).compactMap { index -> ClusterEntry? in
            let number = String(100_000 + index)
            guard let id = ClusterID("a870253f-5dc7-11ee-bf71-0255ac\(number)") else { return nil }
            let cluster = Cluster(id: id, name: "cluster-\(index)", region: "cn-north-4", credential: "prod")
            return ClusterEntry(
                cluster: cluster, part: part, standing: standing,
                contentHash: ContentHash(words: (UInt64(index), 0, 0, 1)))
        }
        return Snapshot(entries: entries, id: ContentHash(words: (9, 9, 9, 9)))
    }
}

private struct HeldSource: ReleaseSource {
    let current: Snapshot?
    var gaps: [DiscoveryGap] { [] }
    func throttling(of clusters: [Cluster]) -> [Throttling?] { clusters.map { _ in nil } }
    func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async {}
    func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration) {}
    func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartFanOutBusy) -> Snapshot { throw ChartFanOutBusy() }
    func liveRelease(
        cluster: ClusterID, namespace: String, name: String, deadline: Duration
    ) async -> LiveRelease { .notFound }
}
