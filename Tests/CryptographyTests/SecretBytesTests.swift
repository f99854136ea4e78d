import Cryptography
import Testing

@Suite struct SecretBytesTests {
    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("", "a", false),
    ])
    func `secrets are equal when their bytes are`(left: String, right: String, areEqual: Bool) {
        #expect((SecretBytes(left.utf8) == SecretBytes(right.utf8)) == areEqual)
        #expect(constantTimeEqual(Array(left.utf8), Array(right.utf8)) == areEqual)
    }
    @Test func `wiping empties the array that was read`() {
        var read = Array("AKEXAMPLE".utf8)
        let secret = SecretBytes(wiping: &read)
        #expect(read.isEmpty)
        #expect(secret.revealed() == "AKEXAMPLE")
    }
    @Test func `random keys have their length and differ`() throws {
        let key = try SecretBytes(randomByteCount: 32)
        #expect(key.count == 32)
        #expect(try SecretBytes(randomByteCount: 32) != key)
    }
    @Test func `libcrypto starts, also a second time`() throws {
        try startCryptography()
        try startCryptography()
    }
}
