import Cryptography
import Testing

@Suite struct PublicKeyTests {
    private func bytes(_ text: String) -> [UInt8] { Base64URL.decode(text) ?? [] }

    /// RFC 7515 appendix A.3.
    private static let es256 = (
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        message: "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    /// RFC 8037 appendix A.4.
    private static let edDSA = (
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        message: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )

    @Test func `the signatures of the standards are valid, and nothing one bit away from them`() throws {
        let elliptic = try #require(PublicKey(.p256(x: bytes(Self.es256.x), y: bytes(Self.es256.y))))
        let edwards = try #require(PublicKey(.ed25519(bytes(Self.edDSA.x))))
        for (key, message, signature) in [
            (elliptic, Self.es256.message, bytes(Self.es256.signature)),
            (edwards, Self.edDSA.message, bytes(Self.edDSA.signature)),
        ] {
            #expect(key.isValid(signature, of: Array(message.utf8)))
            for place in signature.indices {
                var other = signature
                other[place] ^= 1
                #expect(!key.isValid(other, of: Array(message.utf8)))
            }
            #expect(!key.isValid(signature, of: Array((message + " ").utf8)))
            for wrong in [[], [0], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: 64)] {
                #expect(!key.isValid(wrong, of: Array(message.utf8)))
            }
        }
    }

    @Test func `what is no key, or a weak one, is none`() {
        let (x, y) = (bytes(Self.es256.x), bytes(Self.es256.y))
        #expect(PublicKey(.p256(x: y, y: x)) == nil)  // not on the curve
        #expect(PublicKey(.p256(x: [], y: y)) == nil)
        #expect(PublicKey(.p256(x: [UInt8](repeating: 0, count: 32), y: [UInt8](repeating: 0, count: 32))) == nil)
        #expect(PublicKey(.ed25519([1, 2])) == nil)
        func modulus(_ bytes: Int) -> [UInt8] { [UInt8](repeating: 0xC5, count: bytes) }
        #expect(PublicKey(.rsa(modulus: modulus(256), exponent: [1, 0, 1])) != nil)
        for (modulus, exponent) in [
            (modulus(255), [1, 0, 1]), (modulus(1025), [1, 0, 1]), ([0] + modulus(256), [1, 0, 1]), ([], [1, 0, 1]),
            (modulus(256), []), (modulus(256), [1]), (modulus(256), [1, 0, 0]), (modulus(256), [1, 0, 0, 0, 1]),
        ] as [([UInt8], [UInt8])] { #expect(PublicKey(.rsa(modulus: modulus, exponent: exponent)) == nil) }
    }
}
