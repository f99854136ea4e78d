import JSON
import Testing

@Suite struct JSONTextTests {
    private func text(_ value: String) -> String {
        var bytes: [UInt8] = []
        JSONText.append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("/", #""/""#),
        ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{8}\u{c}\u{1f}", #""\u0000\u0008\u000c\u001f""#), ("\u{7f}", "\"\u{7f}\""),
        ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""), ("🛶é", "\"🛶é\""),
        (
            "a long run of plain text \" and then another long run\n",
            #""a long run of plain text \" and then another long run\n""#
        ),
    ])
    func `RFC 8259 section 7 decides what is escaped`(value: String, expected: String) {
        #expect(text(value) == expected)
    }

    @Test func `every scalar at every place in a word of eight bytes survives the way out and back`() throws {
        let scalars: [Unicode.Scalar] =
            (0...0x7F).map { Unicode.Scalar($0) } + ["\u{80}", "\u{FF}", "\u{2028}", "\u{FFFD}", "\u{1F6F6}"]
        for scalar in scalars {
            for place in 0..<18 {
                var value = String(repeating: "x", count: place)
                value.unicodeScalars.append(scalar)
                value += "yyyyyyyy"
                #expect(try JSONValue.parse(Array(text(value).utf8)) == .string(value))
            }
        }
    }
    @Test func `bytes and strings are written alike`() {
        var bytes: [UInt8] = []
        JSONText.append(utf8: Array("a\"\u{1}é".utf8).span, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text("a\"\u{1}é"))
    }
    @Test func `the writer places commas`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.member("b", String?.none)
        writer.key("c")
        writer.beginArray()
        writer.boolean(true)
        writer.string("x")
        writer.endArray()
        writer.rawMembers([])
        writer.rawMembers(Array(#""d":2,"e":3"#.utf8))
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"b":null,"c":[true,"x"],"d":2,"e":3}"#)
    }
}
