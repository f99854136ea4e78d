import Settings
import Testing

@Suite struct YAMLTests {
    /// Keys, values and kinds in one line, so that a whole tree can be compared.
    private func shown(_ node: YAMLNode?) -> String {
        switch node?.content {
        case .scalar(let text, let style): style == .plain ? text : "'\(text)'"
        case .sequence(let items): "[" + items.map { shown($0) }.joined(separator: ", ") + "]"
        case .mapping(let members): "{" + members.map { "\($0.key): \(shown($0.value))" }.joined(separator: ", ") + "}"
        case nil: "nothing"
        }
    }

    @Test(arguments: [
        ("", "{}"), ("# only a comment\n", "{}"), ("---\n...\n", ""),
        ("a: 1\nb: [x, 'y', {c: d}]\n", "{a: 1, b: [x, 'y', {c: d}]}"),
        ("\u{FEFF}a: b\n", "{a: b}"), ("z: 1\na: 2\n", "{z: 1, a: 2}"),
        ("a:\n  - b: |\n      text\n", "{a: [{b: 'text\n'}]}"),
        ("200: ok\n", "{200: ok}"), ("a: \"\\u00e9\"\n", "{a: 'é'}"), ("a:\n", "{a: }"),
    ])
    func `a document becomes a tree in its own order`(text: String, tree: String) {
        let document = YAMLDocument(parsing: text.utf8)
        #expect(document.problems == [])
        #expect(shown(document.root) == tree)
    }

    @Test func `every node knows its line and column`() throws {
        let root = try #require(YAMLDocument(parsing: "a: 1\nlist:\n  - é: x\n    b:   'y'\n".utf8).root)
        #expect(root["a"]?.position == .init(line: 1, column: 4))
        guard case .sequence(let items) = root["list"]?.content else {
            Issue.record("no list")
            return
        }
        #expect(items[0].position == .init(line: 3, column: 5))
        #expect(items[0]["b"]?.position == .init(line: 4, column: 10))
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", ["a (line 3, column 1): is given twice, first in line 1"]),
        ("s:\n  - x: 1\n    x: 2\n", ["s[0].x (line 3, column 5): is given twice, first in line 2"]),
        (
            "a: &anchor 1\nb: *anchor\nc: !!str 1\n",
            [
                "a (line 1, column 4): anchors (&name) are not supported",
                "b (line 2, column 4): aliases (*name) are not supported",
                "c (line 3, column 4): tags (!name) are not supported",
            ]
        ),
    ])
    func `what JSON cannot say is refused, all of it at once`(text: String, problems: [String]) {
        let document = YAMLDocument(parsing: text.utf8)
        #expect(document.root != nil)
        #expect(document.problems.map(\.description) == problems)
    }

    @Test(arguments: [
        (
            Array("a: [1\nb: 2\n".utf8),
            "a[1] (line 2, column 2): is not YAML: while parsing a flow sequence, did not find expected ',' or ']'"
        ),
        (Array("a: 1\n---\nb: 2\n".utf8), "must be one document, a second begins here (line 2, column 1)"),
        (
            Array("a: 1\n\tb: 2\n".utf8),
            "a (line 2, column 1): is not YAML: while scanning a plain scalar, found a tab character that violates indentation"
        ),
        (Array("é: ".utf8) + [0xC3, 0x28], "is not valid UTF-8 (line 1, column 4)"),
        (Array("a: b\nc: \u{1}".utf8), "is not YAML: control characters are not allowed (line 2, column 4)"),
        ([0xFF, 0xFE, 0x61, 0x00], "must be UTF-8, is UTF-16 (line 1, column 1)"),
        (Array("? [a]\n: b\n".utf8), "a key must be text (line 1, column 3)"),
    ])
    func `what is no document is refused with its place`(text: [UInt8], problem: String) {
        let document = YAMLDocument(parsing: text)
        #expect(document.root == nil)
        #expect(document.problems.map(\.description) == [problem])
    }

    @Test func `a document beyond a limit is refused`() {
        var limits = YAMLLimits()
        limits.byteCount = 64
        limits.depth = 3
        limits.nodeCount = 8
        func problem(_ text: String) -> String? {
            YAMLDocument(parsing: text.utf8, limits: limits).problems.first?.description
        }
        #expect(problem("[[[]]]") == nil)
        #expect(problem("[[[[]]]]") == "[0][0][0] (line 1, column 4): is nested deeper than 3")
        #expect(problem("[1, 2, 3, 4, 5, 6, 7]") == nil)
        #expect(problem("[1, 2, 3, 4, 5, 6, 7, 8]") == "[7] (line 1, column 23): has more than 8 values")
        #expect(problem(String(repeating: "#", count: 64)) == nil)
        #expect(problem(String(repeating: "#", count: 65)) == "has more than 64 bytes")
    }

    @Test func `a hostile nest costs neither stack nor time`() {
        let nest = String(repeating: "[", count: 1_000_000)
        #expect(YAMLDocument(parsing: nest.utf8).problems.first?.detail == "is nested deeper than 32")
        let flow = String(repeating: "{a: ", count: 200_000)
        #expect(YAMLDocument(parsing: flow.utf8).problems.first?.detail == "is nested deeper than 32")
    }

    @Test func `cutting or changing any byte of a document never crashes`() {
        let text = Array("a: {b: [1, 'x', \"y\\n\"], c: &d |\n  t\n}\ne: *d\n? f\n: !!int 3\n# é\n".utf8)
        var seen = 0
        for index in text.indices {
            seen += YAMLDocument(parsing: text[..<index]).problems.count
            for byte: UInt8 in [0, 0x0A, 0x20, 0x21, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0x7D, 0x80, 0xFF] {
                var changed = text
                changed[index] = byte
                let document = YAMLDocument(parsing: changed)
                #expect(document.root != nil || !document.problems.isEmpty)
                seen += document.problems.count
            }
        }
        #expect(seen > 0)
    }

    @Test(arguments: [
        ("", YAMLScalar.null), ("~", .null), ("null", .null), ("Null", .null), ("nUll", .text("nUll")),
        ("true", .boolean(true)), ("FALSE", .boolean(false)), ("yes", .text("yes")), ("on", .text("on")),
        ("0", .integer(0)), ("-7", .integer(-7)), ("+7", .integer(7)), ("010", .integer(10)), ("0o17", .integer(15)),
        ("0xfF", .integer(255)), ("0x-1", .text("0x-1")), ("0x", .text("0x")), ("1_000", .text("1_000")),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .float(9_223_372_036_854_775_808)),
        ("1.5", .float(1.5)), (".5", .float(0.5)), ("1.", .float(1)), ("1e3", .float(1000)), ("-1.5E-1", .float(-0.15)),
        (".", .text(".")), ("1e", .text("1e")), ("-", .text("-")), ("1.2.3", .text("1.2.3")),
        (".inf", .float(.infinity)),
        ("nan", .text("nan")), ("infinity", .text("infinity")), ("0x1p3", .text("0x1p3")),
    ])
    func `plain scalars are resolved by the core schema`(text: String, scalar: YAMLScalar) {
        #expect(YAMLScalar(plain: text) == scalar)
    }

    @Test func `a quoted scalar is text`() {
        let root = YAMLDocument(parsing: "a: '1'\nb: \"null\"\nc: |\n  true".utf8).root
        #expect(root?["a"]?.scalar == .text("1"))
        #expect(root?["b"]?.scalar == .text("null"))
        #expect(root?["c"]?.scalar == .text("true"))
        #expect(root?.scalar == nil)
    }
}
