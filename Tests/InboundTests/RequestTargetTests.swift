import GatewayTestKit
import Inbound
import Testing

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("/", [""], "/", nil),
        ("/releases", ["releases"], "/releases", nil),
        ("/v1/releases/a%2Fb", ["v1", "releases", "a/b"], "/v1/releases/a%2Fb", nil),
        ("/v1//x/", ["v1", "", "x", ""], "/v1//x/", nil),
        ("/v1/../etc/./passwd", ["v1", "..", "etc", ".", "passwd"], "/v1/../etc/./passwd", nil),
        ("/%2e%2e/x", ["..", "x"], "/%2e%2e/x", nil),
        ("/a+b", ["a+b"], "/a+b", nil),
        ("/%C3%A9", ["é"], "/%C3%A9", nil),
        ("/é", ["é"], "/é", nil),
        ("/a?", ["a"], "/a", ""),
        ("/a?x=/b?c", ["a"], "/a", "x=/b?c"),
        ("*", ["*"], "*", nil),
        ("http://host/a?b", ["a"], "/a", "b"),
        ("HTTP://host", [""], "/", nil),
        ("http://[::1]:80?x", [""], "/", "x"),
    ])
    func `a target is split and decoded`(text: String, path: [String], rawPath: String, rawQuery: String?) throws {
        let target = try RequestTarget.parse(Array(text.utf8))
        #expect(target.path == path)
        #expect(target.rawPath == rawPath)
        #expect(target.rawQuery == rawQuery)
    }

    @Test(arguments: [
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a=1&a=2", [("a", "1"), ("a", "2")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("=a", [("", "a")]),
        ("a==b", [("a", "=b")]),
        ("&&a=1&&", [("a", "1")]),
        ("a=x+y%2Bz", [("a", "x y+z")]),
        ("a%26b=c%3Dd", [("a&b", "c=d")]),
        ("version=>=1.2,<2", [("version", ">=1.2,<2")]),
        ("filter=name=\"x\"", [("filter", "name=\"x\"")]),
        ("q=%e4%bd%a0", [("q", "你")]),
    ])
    func `a query keeps the order and takes + as a space`(text: String, items: [(String, String)]) throws {
        let query = try RequestTarget.parse(Array("/?\(text)".utf8)).query
        #expect(query.map(\.name) == items.map(\.0))
        #expect(query.map(\.value) == items.map(\.1))
    }

    @Test(arguments: [
        "", "releases", "//host/%zz", "/%", "/%4", "/%4g", "/%zz", "/?a=%", "/?%g1=a", "/%00", "/a%00b", "/?a=%00",
        "/%0a", "/%0D", "/%1f", "/%7f", "/%ff", "/?a=%c3%28", "/%ed%a0%80", "/a b", "/a\tb", "/a#b", "/\u{7f}",
        "https://host/", "ftp://host/", "http://", "http:///a", "http://user@host/", "http://ho st/", "http://host:x/",
        "http://host:123456/", "http://[::1/", "http://[zz]/", "host:443",
    ])
    func `a malformed target is a bad request`(text: String) {
        let refusal = #expect(throws: Refusal.self) { try RequestTarget.parse(Array(text.utf8)) }
        guard case .badRequest(let reason) = refusal else {
            Issue.record("\(text) is \(String(describing: refusal))")
            return
        }
        #expect(text.isEmpty || !reason.contains(text))
    }

    @Test func `a target may have 16 KiB and 512 parameters`() throws {
        let long = [UInt8(ascii: "/")] + [UInt8](repeating: UInt8(ascii: "a"), count: (16 << 10) - 1)
        #expect(try RequestTarget.parse(long).rawPath.utf8.count == 16 << 10)
        #expect(throws: Refusal.targetTooLong) { try RequestTarget.parse(long + [UInt8(ascii: "a")]) }
        let many = "/?" + repeatElement("a=1&", count: 512).joined()
        #expect(try RequestTarget.parse(Array(many.utf8)).query.count == 512)
        #expect(throws: Refusal.self) { try RequestTarget.parse(Array((many + "a=1").utf8)) }
    }

    @Test func `no bytes crash it, and what it takes survives a second encoding`() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("/?&=%+#*.:[]@0aFfzé \t\0\u{7f}http://host/%00%2F%e4".utf8) + [0x80, 0xff, 0xc3]
        for round in 0..<testRuns(default: 5000) {
            if round % 50 == 0 { await Task.yield() }
            var bytes: [UInt8] = Bool.random(using: &random) ? [UInt8(ascii: "/")] : []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                bytes.append(alphabet.randomElement(using: &random)!)
            }
            guard let target = try? RequestTarget.parse(bytes) else { continue }
            let encoded =
                "/" + target.path.map(Self.encode).joined(separator: "/") + "?"
                + target.query.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
            let again = try RequestTarget.parse(Array(encoded.utf8))
            #expect(again.path == target.path, "seed \(seed)")
            #expect(again.query.map(\.name) == target.query.map(\.name), "seed \(seed)")
            #expect(again.query.map(\.value) == target.query.map(\.value), "seed \(seed)")
        }
    }
    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
