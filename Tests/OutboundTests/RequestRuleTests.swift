import GatewayTestKit
import Glibc
import Outbound
import Testing

@Suite(.timeLimit(.minutes(1))) struct RequestRuleTests {
    static let badFields: [HTTPField] = [
        .init("X-A", "b\r\nX-Evil: 1"), .init("X-A", "b\nc"), .init("X-A", "b\rc"), .init("X-A", "b\0c"),
        .init("X-A", "b\u{7F}"), .init("X-A\r\nX-Evil", "1"), .init("X A", "1"), .init("X-A:", "1"), .init("", "1"),
        .init("X-A\0", "1"), .init("Ä", "1"), .init("Host", "elsewhere"), .init("Transfer-Encoding", "chunked"),
        .init("content-length", "5"), .init("Connection", "close"), .init("Accept-Encoding", "br"),
        .init("Expect", "100-continue"), .init("Proxy-Authorization", "Basic x"), .init("TE", "trailers"),
        .init("Upgrade", "h2c"),
    ]
    @Test(arguments: badFields) func `a field that would mean something else is refused`(field: HTTPField) async throws
    {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer)
        #expect(await transport.failure(peer.origin, fields: [field]) == .invalidRequest)
        #expect(peer.record.connections == 0)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test(arguments: [
        "/a b", "/a\r\nX-Evil: 1", "/a\nb", "/a\0b", "/a#b", "/ä", "/a\u{7F}", "@evil.example/", ".evil.example/", "1/",
        "/" + String(repeating: "a", count: 17_000),
    ])
    func `a URL that means something else is refused`(rest: String) async throws {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer)
        #expect(await transport.failure(peer.origin, rest) == .invalidRequest)
        #expect(peer.record.connections == 0)
        await transport.shutdown()
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://127.0.0.1", "gopher://127.0.0.1", "127.0.0.1", "//127.0.0.1", "HTTP://127.0.0.1",
        "http:127.0.0.1", "http://", "http://:80", "http://a:b@127.0.0.1", "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:+80", "http://127.0.0.1:", "http://a%2Eb", "http://[::1", "http://[]", "http://a\\b",
        "http://a b",
        "https+unix://x", "dict://127.0.0.1",
    ])
    func `an origin that is not http or https with a plain host is refused`(origin: String) async throws {
        let transport = try makeTransport()
        #expect(await transport.failure(origin) == .invalidRequest)
        #expect(transport.counts.connections == 0)
        await transport.shutdown()
    }

    @Test func `http goes only where the config allows it`() async throws {
        let allowed = try RawPeer(answering: "x")
        let other = try RawPeer(answering: "x")
        let transport = try makeTransport(to: allowed)
        #expect(await transport.failure(allowed.origin) == nil)
        #expect(await transport.failure(other.origin) == .invalidRequest)
        #expect(await transport.failure("http://localhost:\(allowed.port)") == .invalidRequest)
        #expect(other.record.connections == 0)
        await transport.shutdown()
    }

    @Test func `a request to another origin than was admitted is refused`() async throws {
        let first = try RawPeer(answering: "x")
        let second = try RawPeer(answering: "x")
        let transport = try makeTransport(to: first, second)
        let (origin, url) = (first.origin, second.origin)
        await #expect(
            throws: TransportError(
                .invalidRequest, detail: "the URL leads to another origin than the call was admitted for")
        ) {
            _ = try await transport.send(origin: origin, timeout: .seconds(9)) { () throws(TransportError) in
                OutboundRequest(url: url + "/")
            }
        }
        #expect(second.record.connections == 0)
        await transport.shutdown()
    }

    @Test func `a request that cannot be made gives its slot back`() async throws {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer) {
            $0.maxInFlight = 1
            $0.maxInFlightPerHost = 1
        }
        let failure = TransportError(.invalidRequest, detail: "no key")
        for _ in 0..<3 {
            await #expect(throws: failure) {
                _ = try await transport.send(origin: peer.origin, timeout: .seconds(9)) {
                    () throws(TransportError) in throw failure
                }
            }
        }
        #expect(await transport.failure(peer.origin) == nil)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test(arguments: [
        ("https://CCE.Example.com", "cce.example.com"), ("https://cce.example.com:443/x", "cce.example.com"),
        ("https://cce.example.com:8443?x", "cce.example.com:8443"), ("http://a:80", "a"), ("http://a:443", "a:443"),
        ("http://[::1]:8080/", "[::1]:8080"), ("https://a_b.c-d", "a_b.c-d"),
    ])
    func `the Host to sign is the URL's, its port left out when it is the scheme's own`(url: String, host: String) {
        #expect(Origin(of: url)?.hostField == host)
    }

    @Test func `proxies in the environment are not asked`() async throws {
        let proxy = try RawPeer(answering: "proxy")
        let peer = try RawPeer(answering: "peer")
        let names = ["http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        for name in names { setenv(name, proxy.origin, 1) }
        defer { for name in names { unsetenv(name) } }
        let transport = try makeTransport(to: peer)
        #expect(try await transport.get(peer.origin).text == "peer")
        #expect(proxy.record.connections == 0)
        await transport.shutdown()
    }

    @Test func `a proxy from the config is asked for a tunnel, and hears none of our fields`() async throws {
        let proxy = try RawPeer(
            .readHead, .text("HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\n"), .readHead,
            .text(RawPeer.answer("through")))
        let origin = "http://cce.example.com"
        let transport = try makeTransport {
            $0.proxy = proxy.origin
            $0.plainOrigins = Set([Origin(of: origin)].compactMap(\.self))
        }
        let response = try await transport.get(origin, "/x", fields: [.init("X-Auth-Token", "EXAMPLE")])
        #expect(response.text == "through")
        #expect(response.field("Via") == nil)
        let requests = proxy.record.requests
        #expect(requests.first?.lines.first == "CONNECT cce.example.com:80 HTTP/1.1")
        #expect(requests.first?.field("X-Auth-Token") == nil)
        #expect(requests.last?.field("X-Auth-Token") == "EXAMPLE")
        #expect(requests.last?.field("Host") == "cce.example.com")
        await transport.shutdown()
    }
}
