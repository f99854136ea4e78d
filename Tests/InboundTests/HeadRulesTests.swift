import Testing

@testable import Inbound

@Suite struct HeadRulesTests {
    private static func refusal(
        _ fields: [(String, String)], method: String = "GET", isHTTP11: Bool = true, target: String = "/"
    ) throws -> Refusal? {
        var rules = HeadRules()
        for (name, value) in fields { rules.add(name: Array(name.utf8), value: Array(value.utf8)) }
        return rules.refusal(
            method: method, isHTTP11: isHTTP11, target: try RequestTarget.parse(Array(target.utf8)))
    }

    @Test(arguments: [
        [("Host", "a")], [("host", "a.b-c_d:8080")], [("HOST", "[::1]:80")], [("Host", "a"), ("Content-Length", "0")],
        [("Host", "a"), ("Content-Length", " 000 ")], [("Host", "a"), ("X-Y", "a\tb")], [("Host", "a"), ("X", "")],
        [("Host", "a"), ("X", "é")],
    ])
    func `a plain head passes`(fields: [(String, String)]) throws {
        #expect(try Self.refusal(fields) == nil)
    }

    @Test(arguments: [
        [("Host", "a"), ("Content-Length", "5")], [("Host", "a"), ("Transfer-Encoding", "chunked")],
        [("Host", "a"), ("Transfer-Encoding", " Chunked ")], [("Host", "a"), ("Content-Length", "1"), ("Expect", "x")],
    ])
    func `a body is not allowed`(fields: [(String, String)]) throws {
        #expect(try Self.refusal(fields) == .bodyNotAllowed)
        #expect(try Self.refusal(fields, method: "POST") == .bodyNotAllowed)
    }

    @Test(arguments: [
        [], [("Host", "")], [("Host", "a b")], [("Host", "a/b")], [("Host", "u@a")], [("Host", "a:b")],
        [("Host", "a,b")], [("Host", "[a]b")], [("Host", "a"), ("Host", "a")],
        [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Content-Length", "5")],
        [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Content-Length", "0")],
        [("Host", "a"), ("Transfer-Encoding", "xchunked")], [("Host", "a"), ("Transfer-Encoding", "identity")],
        [("Host", "a"), ("Transfer-Encoding", "")], [("Host", "a"), ("Transfer-Encoding", "gzip, chunked")],
        [("Host", "a"), ("Content-Length", "0"), ("Content-Length", "0")],
        [("Host", "a"), ("Content-Length", "5"), ("Content-Length", "6")],
        [("Host", "a"), ("Content-Length", "+0")], [("Host", "a"), ("Content-Length", "0x0")],
        [("Host", "a"), ("Content-Length", "")], [("Host", "a"), ("Content-Length", "0, 0")],
        [("Host", "a"), ("Content-Length ", "0")], [("Host", "a"), ("X Y", "1")], [("Host", "a"), ("X(", "1")],
        [("Host", "a"), ("", "1")], [("Host", "a"), ("X\u{1}", "1")], [("Host", "a"), ("X", "a\rb")],
        [("Host", "a"), ("X", "a\0b")], [("Host", "a"), ("X", "\u{7f}")], [("Host", "a"), ("Expect", "100-continue")],
    ])
    func `what could be read in two ways is a bad request`(fields: [(String, String)]) throws {
        guard case .badRequest = try Self.refusal(fields) else {
            Issue.record("\(fields)")
            return
        }
    }

    @Test func `HTTP 1.0 needs no Host and ignores Expect`() throws {
        #expect(try Self.refusal([], isHTTP11: false) == nil)
        #expect(try Self.refusal([("Expect", "100-continue")], isHTTP11: false) == nil)
        #expect(try Self.refusal([("Transfer-Encoding", "chunked")], isHTTP11: false) != .bodyNotAllowed)
    }
    @Test func `an absolute target must name the host of Host`() throws {
        #expect(try Self.refusal([("Host", "Test:80")], target: "http://test:80/") == nil)
        #expect(try Self.refusal([("Host", "test")], target: "http://other/") != nil)
        #expect(try Self.refusal([("Host", "test")], target: "http://test:80/") != nil)
    }
    @Test func `the asterisk is for OPTIONS, and a method is a token`() throws {
        #expect(try Self.refusal([("Host", "a")], method: "OPTIONS", target: "*") == nil)
        #expect(try Self.refusal([("Host", "a")], method: "GET", target: "*") != nil)
        #expect(try Self.refusal([("Host", "a")], method: "G(T") != nil)
    }
    @Test func `fields are bounded in number and in bytes`() throws {
        func fields(_ count: Int, _ bytes: Int) -> [(String, String)] {
            [("Host", "a")] + repeatElement(("X", String(repeating: "a", count: bytes)), count: count - 1)
        }
        #expect(try Self.refusal(fields(100, 1)) == nil)
        #expect(try Self.refusal(fields(101, 1)) == .fieldsTooLarge)
        #expect(try Self.refusal(fields(2, 16_000)) == nil)
        #expect(try Self.refusal(fields(2, 16_384)) == .fieldsTooLarge)
    }
    @Test func `names come out in lower case and values trimmed`() {
        var rules = HeadRules()
        rules.add(name: Array("X-Request-ID".utf8), value: Array(" \tAb c\t ".utf8))
        #expect(rules.fields.map(\.name) == ["x-request-id"])
        #expect(rules.fields.map(\.value) == ["Ab c"])
    }
    @Test(arguments: [
        ("X", "a\r\nSet-Cookie: b", false), ("X", "a\nb", false), ("X", "a\0", false), ("X\r\nY", "a", false),
        ("", "a", false), ("X:", "a", false), ("X", "a\u{7f}", false), ("X", "plain", true), ("Link", "<é>", true),
    ])
    func `a field of an answer cannot begin another`(name: String, value: String, isUsable: Bool) {
        #expect(AnswerFields.isUsable((name, value)) == isUsable)
    }
}
