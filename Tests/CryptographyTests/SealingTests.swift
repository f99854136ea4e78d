import Cryptography
import Testing

@Suite struct SealingTests {
    private static let key = SecretBytes((0..<32).map { UInt8($0) })
    private let box = AES256GCM(key: Self.key)

    @Test(arguments: [0, 1, 15, 16, 17, 1000])
    func `what was sealed opens again, 28 bytes longer and never twice the same`(count: Int) throws {
        let box = try #require(box)
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = try box.seal(plain, authenticating: Array("scope".utf8))
        #expect(sealed.count == count + AES256GCM.overheadByteCount)
        #expect(box.open(sealed, authenticating: Array("scope".utf8)) == plain)
        #expect(try box.seal(plain, authenticating: Array("scope".utf8)) != sealed)
    }

    @Test func `every changed bit, missing byte and other scope or key is noticed`() throws {
        let box = try #require(box)
        let scope = Array("scope".utf8)
        let sealed = try box.seal(Array("twelve bytes".utf8), authenticating: scope)
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(box.open(changed, authenticating: scope) == nil, "bit \(bit)")
        }
        for count in 0..<sealed.count {
            #expect(box.open(Array(sealed.prefix(count)), authenticating: scope) == nil, "first \(count) bytes")
        }
        #expect(box.open(sealed + [0], authenticating: scope) == nil)
        #expect(box.open(sealed, authenticating: []) == nil)
        let other = try #require(AES256GCM(key: SecretBytes([UInt8](repeating: 1, count: 32))))
        #expect(other.open(sealed, authenticating: scope) == nil)
    }

    /// Test case 16 of the GCM submission, with its nonce put before and its tag behind the text.
    @Test func `a published AES-256-GCM vector opens`() throws {
        let key = try #require(
            bytes(hex: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let plain = try #require(
            bytes(
                hex: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))
        let sealed = try #require(
            bytes(
                hex: "cafebabefacedbaddecaf888"
                    + "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                    + "76fc6ece0f4e1768cddf8853bb2d551b"))
        let associated = try #require(bytes(hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let box = try #require(AES256GCM(key: SecretBytes(key)))
        #expect(box.open(sealed, authenticating: associated) == plain)
    }

    @Test(arguments: [0, 16, 31, 33, 64])
    func `only a key of 32 bytes is taken`(count: Int) {
        #expect(AES256GCM(key: SecretBytes([UInt8](repeating: 7, count: count))) == nil)
    }

    @Test func `random bytes come in the number asked for and differ`() throws {
        #expect(try randomBytes(0) == [])
        let first = try randomBytes(32)
        #expect(first.count == 32)
        #expect(try randomBytes(32) != first)
        #expect(throws: CryptographyError.self) { try randomBytes(-1) }
    }
}
