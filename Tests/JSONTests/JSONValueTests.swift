import JSON
import Testing

@Suite struct JSONValueTests {
    private func parse(_ text: String, maxDepth: Int = 64) throws(JSONError) -> JSONValue {
        try JSONValue.parse(Array(text.utf8), maxDepth: maxDepth)
    }

    @Test(arguments: [
        ("null", JSONValue.null), ("true", .boolean(true)), (" false ", .boolean(false)), ("0", .integer(0)),
        ("-0", .integer(0)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.0", .number(1)), ("1e3", .number(1000)),
        ("-2.5E-1", .number(-0.25)), ("1e999", .number(.greatestFiniteMagnitude)),
        ("-1e999", .number(-.greatestFiniteMagnitude)), ("1e-999", .number(0)),
        (#""a\u00e9\ud83d\udef6\/\b\f\n\r\t\"\\""#, .string("aé🛶/\u{8}\u{c}\n\r\t\"\\")),
        (#""\ud83d""#, .string("\u{FFFD}")), (#""\udef6x""#, .string("\u{FFFD}x")), ("[]", .array([])),
        (#""\ud83d\ud83d\udef6""#, .string("\u{FFFD}🛶")), ("{}", .object([])),
        ("[1, [2, []], \"\u{2028}\"]", .array([.integer(1), .array([.integer(2), .array([])]), .string("\u{2028}")])),
    ])
    func `a document becomes its tree`(text: String, expected: JSONValue) throws {
        #expect(try parse(text) == expected)
    }

    @Test func `members keep their order, and repeated ones are all kept`() throws {
        let members = try #require(try parse(#"{"b":1,"a":{"x":[2]},"b":3,"\u0061":4}"#).members)
        #expect(members.map(\.name) == ["b", "a", "b", "a"])
        #expect(members.last?.value == .integer(4))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{1:2}",
        "{\"a\":1 \"b\":2}", "[1}", "{\"a\":1]", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity",
        "tru", "truex", "nul", "nulll", "true false", "1 2", "\"a\" \"b\"", "\"a\"b", "\"a\"\"b\"", "1\"a\"", "[1]x",
        "[1]]",
        "{}{}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"", "\"\u{1}\"", "\"a\nb\"", "\u{FEFF}[]", "'a'",
        "[1,,2]",
        "//\n1", "[\"a\":1]", ":", ",",
    ])
    func `anything else is a syntax error`(text: String) {
        #expect(throws: JSONError.syntax) { try parse(text) }
        #expect(throws: JSONError.syntax) { try parse("[\(text.isEmpty ? "," : text),1") }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
            [0x22, 0xE2, 0x80, 0x22],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are an error`(bytes: [UInt8]) {
        #expect(throws: JSONError.encoding) { try JSONValue.parse(bytes) }
    }

    @Test func `nesting is bounded and hostile nesting costs no stack`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try parse(nested(64)) != .null)
        #expect(throws: JSONError.tooDeep) { try parse(nested(65)) }
        #expect(try parse(nested(3), maxDepth: 3) != .null)
        #expect(throws: JSONError.tooDeep) { try parse(nested(4), maxDepth: 3) }
        #expect(throws: JSONError.tooDeep) { try parse("{}", maxDepth: 0) }
        #expect(throws: JSONError.tooDeep) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
        #expect(throws: JSONError.tooDeep) { try parse(String(repeating: "[", count: 1_000_000)) }
    }
}
