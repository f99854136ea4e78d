import Cryptography
import Testing

@Suite struct EncodingTests {
    @Test func `hexadecimal has two lower-case digits a byte and reads either case`() {
        #expect(hex([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(bytes(hex: "000fA5ff") == [0x00, 0x0F, 0xA5, 0xFF])
        #expect(bytes(hex: "") == [])
    }
    @Test(arguments: ["0", "0g", "0x00", " 00", "é0"])
    func `what is not hexadecimal reads as nothing`(text: String) {
        #expect(bytes(hex: text) == nil)
    }

    /// RFC 4648 §10 without its padding, and the two characters in which the URL alphabet differs.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("??>>", "Pz8-Pg"), ("~~~?", "fn5-Pw"),
    ])
    func `base64url gives the published texts both ways`(plain: String, text: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == text)
        #expect(Base64URL.decode(text) == Array(plain.utf8))
    }
    @Test(arguments: ["Zg==", "Z", "Zm9vY", "Zh", "Zm9", "Zm 8", "Zm+8", "Zm/8", "Zg\n", "Zé"])
    func `base64url that could be written otherwise is refused`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
    @Test func `every byte survives base64url at every length`() {
        let all = (0...255).map { UInt8($0) }
        for count in 0...256 {
            #expect(Base64URL.decode(Base64URL.encode(all.prefix(count))) == Array(all.prefix(count)))
        }
    }
}
