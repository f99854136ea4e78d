import GatewayTestKit
import Outbound
import Testing

/// Answers that go wrong, each with the reason a caller hears.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: TransportError.Reason
    let steps: [RawPeer.Step]
    init(_ what: String, _ reason: TransportError.Reason, _ steps: RawPeer.Step...) {
        testDescription = what
        self.reason = reason
        self.steps = [.readHead] + steps
    }
    static let ok = "HTTP/1.1 200 OK\r\n"
    static let all: [Self] = [
        .init("closed before the answer", .network),
        .init("reset before the answer", .network, .reset),
        .init("closed within the head", .network, .text("HTTP/1.1 200 OK\r\nContent-Le")),
        .init("reset within the body", .network, .text(ok + "Content-Length: 100\r\n\r\nabc"), .gate, .reset),
        .init("closed before Content-Length is reached", .network, .text(ok + "Content-Length: 100\r\n\r\nabc")),
        .init("closed within a chunk", .network, .text(ok + "Transfer-Encoding: chunked\r\n\r\n64\r\nabc")),
        .init("closed before the last chunk", .network, .text(ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")),
        .init(
            "a chunk size that is none", .network,
            .text(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")),
        .init("no status line", .invalidResponse, .text("hello there, this is not what you want\r\n\r\n")),
        .init("HTTP/0.9", .invalidResponse, .text("<html>hello</html>")),
        .init("another protocol", .invalidResponse, .text("SSH-2.0-OpenSSH_9.2\r\n")),
        .init("a field line without a colon", .invalidResponse, .text(ok + "Broken\r\nContent-Length: 0\r\n\r\n")),
        .init("a continued field line", .invalidResponse, .text(ok + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n")),
        .init(
            "a coding not offered", .invalidResponse, .text(ok + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx")),
        .init("gzip twice", .invalidResponse, .text(ok + "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx")),
        .init(
            "gzip that is none", .invalidResponse,
            .text(ok + "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!")),
        .init("a gzipped transfer", .invalidResponse, .text(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
        .init("too much announced", .tooLarge, .text(ok + "Content-Length: 65537\r\n\r\n"), .stall),
        .init(
            "too much in one chunk", .tooLarge, .text(ok + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n"),
            .flood(1 << 20), .stall),
        .init("too much until closed", .tooLarge, .text(ok + "\r\n"), .flood(1 << 20), .stall),
        .init(
            "201 fields", .tooLarge,
            .text(ok + (0...200).map { "F\($0): x\r\n" }.joined() + "Content-Length: 0\r\n\r\n"), .stall),
        .init("70 KiB of one field", .tooLarge, .text(ok + "A: "), .flood(70 << 10), .text("\r\n\r\n"), .stall),
        .init("120 KiB of one field", .tooLarge, .text(ok + "A: "), .flood(120 << 10), .text("\r\n\r\n"), .stall),
        .init(
            "interim answers without end", .tooLarge,
            .text(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 200)), .stall),
        .init(
            "trailers without end", .tooLarge,
            .text(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "A: b\r\n", count: 300)), .stall),
        .init("nothing", .timeout, .stall),
        .init(
            "a head byte by byte", .timeout, .drip(Array((ok + "A: bbbbbbbbbbbbbbbbb").utf8), every: .milliseconds(20)),
            .stall),
        .init(
            "a body byte by byte", .timeout, .text(ok + "Content-Length: 60000\r\n\r\n"),
            .drip([UInt8](repeating: 0x78, count: 60_000), every: .milliseconds(5))),
    ]
}

@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    @Test(arguments: Misbehaviour.all)
    func `an answer that goes wrong has its reason, and leaves nothing behind`(_ fault: Misbehaviour) async throws {
        let peer = try RawPeer { _ in fault.steps }
        let transport = try makeTransport(to: peer) { $0.maxResponseBytes = 65_536 }
        // Times out for real where time is the fault; else there is plenty.
        let timeout: Duration = fault.reason == .timeout ? .milliseconds(80) : .seconds(30)
        async let reason = transport.failure(peer.origin, timeout: timeout)
        await peer.waitForRequests(1)
        peer.openGate()
        #expect(await reason == fault.reason)
        await transport.waitUntilAtRest()
        await peer.waitForClosed(1)
        await transport.shutdown()
    }

    @Test func `a body of exactly the limit is let through`() async throws {
        let peer = try RawPeer(
            .readHead, .text("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"), .flood(65_536), .readHead,
            .text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n"), .flood(65_536),
            .text("\r\n0\r\n\r\n"))
        let transport = try makeTransport(to: peer) { $0.maxResponseBytes = 65_536 }
        for _ in 0..<2 {
            let response = try await transport.get(peer.origin)
            #expect(response.body.count == 65_536)
            #expect(response.body.storage[65_536...].allSatisfy { $0 == 0 })
        }
        await transport.shutdown()
    }

    @Test func `a gzip bomb is defused at the limit`() async throws {
        let bomb = try gzip([UInt8](repeating: 0, count: 64 << 20))
        #expect(bomb.count < 128 << 10)
        let peer = try RawPeer(
            .readHead, .text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n"),
            .write(bomb), .stall)
        let transport = try makeTransport(to: peer) { $0.maxResponseBytes = 1 << 20 }
        #expect(await transport.failure(peer.origin) == .tooLarge)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a port where nobody listens refuses`() async throws {
        let origin = "http://127.0.0.1:1"
        let transport = try makeTransport { $0.plainOrigins = Set([Origin(of: origin)].compactMap(\.self)) }
        #expect(await transport.failure(origin) == .connect)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a connect that nobody answers ends at connectTimeout`() async throws {
        let peer = try RawPeer(accepts: false) { _ in [] }
        let transport = try makeTransport(to: peer) { $0.connectTimeout = .milliseconds(60) }
        #expect(await transport.failure(peer.origin) == .timeout)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test(arguments: 1...6)
    func `when call number n fails, the others do not notice`(number: Int) async throws {
        let peer = try RawPeer { connection in
            connection == number - 1
                ? [.readHead, .reset] : [.readHead, .text(RawPeer.answer("x", fields: ["Connection: close"]))]
        }
        let transport = try makeTransport(to: peer)
        for call in 1...6 {
            #expect(await transport.failure(peer.origin) == (call == number ? .network : nil))
        }
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `errors quote neither URL nor fields`() async throws {
        let peer = try RawPeer(.readHead, .text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
        let transport = try makeTransport(to: peer)
        let fields = [HTTPField("Authorization", "AKEXAMPLE-secret")]
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.get(peer.origin, "/secret-path", fields: fields)
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("partial file"))
        #expect(!text.contains("secret") && !text.contains("127.0.0.1"))
        await transport.shutdown()
    }
}
