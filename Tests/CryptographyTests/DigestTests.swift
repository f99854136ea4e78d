import Cryptography
import Testing

@Suite struct DigestTests {
    /// NIST FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the published digests, whatever holds the bytes`(text: String, digest: String) {
        let bytes = Array(text.utf8)
        #expect(hex(sha256(bytes)) == digest)
        #expect(hex(sha256(text.utf8)) == digest)
        #expect(hex(sha256(([0] + bytes)[1...])) == digest)
        #expect(hex(sha256(bytes.lazy.map { $0 })) == digest)
    }

    /// RFC 4231 §4, cases 1, 2, 6 and 7; an empty key and message besides.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func `HMAC gives the published codes, and again with the same key`(key: [UInt8], message: String, code: String)
        throws
    {
        let mac = try HMACSHA256(key: SecretBytes(key))
        for _ in 1...3 {
            #expect(try hex(mac.authenticate(Array(message.utf8))) == code)
            _ = try mac.authenticate(Array("something in between".utf8))
        }
    }

    @Test func `one prepared key serves many tasks at once`() async throws {
        let mac = try HMACSHA256(key: SecretBytes("AKEXAMPLE".utf8))
        let expected = try (0..<64).map { try mac.authenticate(Array("message \($0)".utf8)) }
        let found = await withTaskGroup(of: (Int, [UInt8]?).self) { group in
            for index in 0..<512 {
                group.addTask { (index % 64, try? mac.authenticate(Array("message \(index % 64)".utf8))) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(found.count == 512)
        #expect(found.allSatisfy { $0.1 == expected[$0.0] })
    }
}
