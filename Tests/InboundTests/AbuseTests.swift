import GatewayTestKit
import Inbound
import Testing

/// What a server in the open is sent, byte by byte.
///
/// Not here, since libmicrohttpd 0.9.75 answers by itself before we are asked: a Content-Length that is no number or
/// too large (its 400 and 413 carry the head twice), a header section or target beyond the connection's 32 KiB (HTML
/// 431 and 414), an unknown HTTP version (HTML 505). A NUL in a field value ends the value early and cannot be seen.
@Suite struct AbuseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let status: Int
        let keeps: Bool
        init(_ name: String, _ text: String, _ status: Int, keeps: Bool = false) {
            self.name = name
            bytes = Array(text.utf8)
            self.status = status
            self.keeps = keeps
        }
        init(_ name: String, bytes: [UInt8], _ status: Int) {
            self.name = name
            self.bytes = bytes
            self.status = status
            keeps = false
        }
        var testDescription: String { name }
    }
    /// One that would be answered by 200 if the framing of the one before it were believed wrongly.
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    private static func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }
    private static func with(_ fields: String, _ method: String = "GET") -> String {
        "\(method) / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"
    }
    private static func a(_ count: Int) -> String { String(repeating: "a", count: count) }

    static let cases: [Case] = [
        Case(
            "Content-Length and Transfer-Encoding",
            with("Content-Length: 6\r\nTransfer-Encoding: chunked") + "0\r\n\r\n" + smuggled, 400),
        Case(
            "Transfer-Encoding and Content-Length",
            with("Transfer-Encoding: chunked\r\nContent-Length: 6") + "0\r\n\r\n" + smuggled, 400),
        Case("chunked on GET", with("Transfer-Encoding: chunked") + "0\r\n\r\n" + smuggled, 413),
        Case("chunked on POST", with("Transfer-Encoding: chunked", "POST") + "0\r\n\r\n" + smuggled, 413),
        Case("xchunked", with("Transfer-Encoding: xchunked") + smuggled, 400),
        Case("identity", with("Transfer-Encoding: identity") + smuggled, 400),
        Case("an empty Transfer-Encoding", with("Transfer-Encoding: ") + smuggled, 400),
        Case(
            "Transfer-Encoding twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity") + smuggled, 400
        ),
        Case(
            "Transfer-Encoding with a blank before the colon",
            with("Transfer-Encoding : chunked") + "0\r\n\r\n" + smuggled, 400),
        Case("Content-Length twice, different", with("Content-Length: 0\r\nContent-Length: 37") + smuggled, 400),
        Case("Content-Length twice, equal", with("Content-Length: 0\r\nContent-Length: 0") + smuggled, 400),
        Case("a body on GET", with("Content-Length: 37") + smuggled, 413),
        Case("a body on HEAD", with("Content-Length: 37", "HEAD") + smuggled, 413),
        Case("a body on DELETE", with("Content-Length: 37", "DELETE") + smuggled, 413),
        Case("a body on POST that never comes", with("Content-Length: 37", "POST"), 413),
        Case("Content-Length with a blank before the colon", with("Content-Length : 37") + smuggled, 400),
        Case("Expect with a body", with("Content-Length: 5\r\nExpect: 100-continue"), 413),
        Case("Expect without a body", with("Expect: 100-continue"), 400),
        Case("a blank in a name", with("X Y: 1"), 400),
        Case("a parenthesis in a name", with("X(: 1"), 400),
        Case("a control byte in a name", with("X\u{1}: 1"), 400),
        Case("a control byte in a value", with("X: \u{1}"), 400),
        Case("DEL in a value", with("X: a\u{7f}"), 400),
        Case("a bare CR that hides a field", with("X: a\rTransfer-Encoding: chunked") + "0\r\n\r\n" + smuggled, 400),
        Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        Case("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        Case("two Hosts", with("Host: b"), 400),
        Case("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        Case("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
        Case("NUL in the target", get("/releases\0x"), 400),
        Case("NUL in the query", get("/releases?a\0=x"), 400),
        Case("NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("an encoded NUL", get("/releases%00x"), 400),
        Case("an encoded line feed", get("/releases?a=%0a"), 400),
        Case("half an escape", get("/%f"), 400),
        Case("no escape", get("/%zz"), 400),
        Case("not UTF-8, encoded", get("/%ff"), 400),
        Case("not UTF-8", bytes: Array("GET /".utf8) + [0xff] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8), 400),
        Case("a blank in the target", get("/a b"), 400),
        Case("a tab in the target", get("/a\tb"), 400),
        Case("two blanks before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("a fragment", get("/a#b"), 400),
        Case("no slash", get("releases"), 400),
        Case("the asterisk on GET", get("*"), 400),
        Case("another authority", get("http://b/"), 400),
        Case("another scheme", get("https://a/"), 400),
        Case("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("a target of 16 KiB and one", get("/" + a(16 << 10)), 414),
        Case("a target of 20 KiB", get("/" + a(20 << 10)), 414),
        Case("fields of 17 KiB", with("X: " + a(17 << 10)), 431),
        Case("120 fields", with(repeatElement("X: 1", count: 120).joined(separator: "\r\n")), 431),
        Case("1,000 query items", get("/?" + repeatElement("a=1", count: 1000).joined(separator: "&")), 400),

        Case("a target of 16 KiB", get("/" + a((16 << 10) - 1)), 200, keeps: true),
        Case(
            "a target of 12 KiB and fields of 12 KiB",
            "GET /\(a(12_000)) HTTP/1.1\r\nHost: a\r\nX: \(a(12_000))\r\n\r\n", 200, keeps: true),
        Case("500 query items", get("/?" + repeatElement("a=1", count: 500).joined(separator: "&")), 200, keeps: true),
        Case("5,000 empty query items", get("/?" + String(repeating: "&", count: 5000)), 200, keeps: true),
        Case("90 fields", with(repeatElement("X: 1", count: 90).joined(separator: "\r\n")), 200, keeps: true),
        Case("an absolute target", get("http://A/x"), 200, keeps: true),
        Case("the asterisk on OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200, keeps: true),
        Case("dot segments", get("/v1/../x"), 200, keeps: true),
        Case("an empty body", with("Content-Length: 0"), 200, keeps: true),
        Case("a folded value", with("X: a\r\n b"), 200, keeps: true),
        Case("empty lines first", "\r\n\r\n" + get("/"), 200, keeps: true),
        Case("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 200, keeps: true),
        Case("Connection: close", with("Connection: close"), 200),
        Case("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200),
        Case("HTTP/1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, keeps: true),
    ]

    @Test func `each is answered once, and closed where the next request's place is in doubt`() async throws {
        try await withServer { server, port in
            for item in Self.cases {
                let (answer, rest, after) = try await onThread {
                    let client = try RawClient(port: port)
                    try client.send(item.bytes)
                    let answer = try client.readAnswer(toHead: item.bytes.starts(with: Array("HEAD ".utf8)))
                    guard item.keeps else { return (answer, try client.readToEnd(), RawAnswer?.none) }
                    try client.send(Self.get("/after"))
                    return (answer, [], try client.readAnswer())
                }
                #expect(answer.status == item.status, "\(item.name): \(answer.text)")
                #expect(rest.isEmpty, "\(item.name): \(String(decoding: rest, as: UTF8.self))")
                if item.keeps {
                    #expect(after?.text == "GET /after", "\(item.name)")
                } else {
                    #expect(answer.closes, "\(item.name)")
                }
                if item.status >= 400, answer.framing != .none {
                    #expect(answer.field("content-type") == "application/problem+json", "\(item.name)")
                }
            }
            try await server.wait { $0.connections == 0 }
        }
    }

    private static func repeated(_ text: String, _ count: Int) -> String { repeatElement(text, count: count).joined() }
    static let rubbish: [Case] = [
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 0), Case("an empty line", "\r\n", 0),
        Case("a method", "GET", 0),
        Case("half a line", "GET / HT", 0), Case("half a head", "GET / HTTP/1.1\r\nHost: a", 0),
        Case("no target", "GET\r\n\r\n", 0), Case("no version", "GET /\r\n\r\n", 0),
        Case("no colon", "GET / HTTP/1.1\r\nnocolon\r\n\r\n", 0), Case("NULs", repeated("\0", 1000), 0),
        Case("100,000 letters", a(100_000), 0), Case("a version of its own", "GET / HTTP/9.9\r\n\r\n", 0),
        // These leave libmicrohttpd hanging without an answer: the sweeper ends it.
        Case("800 fields", "GET / HTTP/1.1\r\nHost: a\r\n" + repeated("X: 1\r\n", 800) + "\r\n", 0),
        Case("60 KB of a field", "GET / HTTP/1.1\r\nX: " + a(60_000), 0),
    ]
    @Test(arguments: rubbish)
    func `nothing is left of a peer that sends rubbish and leaves`(item: Case) async throws {
        try await withServer(options: adjusted { $0.headerTimeout = .milliseconds(300) }) { server, port in
            let received = try await onThread {
                let client = try RawClient(port: port)
                try? client.send(item.bytes)  // it may have been refused before it was all sent
                client.finishSending()
                return (try? client.readToEnd()) ?? []
            }
            #expect(!String(decoding: received, as: UTF8.self).contains(" 200 "))
            try await server.wait { $0.connections == 0 }
        }
    }

    @Test func `pipelined requests are answered in order, suspended ones too`() async throws {
        let handler = TestHandler(
            now: { $0.rawPath.hasPrefix("/later") ? .later : .respond(TestHandler.text($0.rawPath)) },
            later: { TestHandler.text($0.rawPath) })
        try await withServer(handler) { _, port in
            let paths = (0..<40).map { $0 % 3 == 0 ? "/later\($0)" : "/now\($0)" }
            let texts = try await onThread {
                let client = try RawClient(port: port)
                try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                return try paths.map { _ in try client.readAnswer().text }
            }
            #expect(texts == paths)
        }
    }

    @Test func `a peer that has finished sending is answered`() async throws {
        try await withServer { _, port in
            let answer = try await onThread {
                let client = try RawClient(port: port)
                try client.send(Self.get("/"))
                client.finishSending()
                return try client.readAnswer()
            }
            #expect(answer.status == 200)
        }
    }
}
