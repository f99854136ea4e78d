import CLibCrypto
import Cryptography

/// Signs tokens (JWT) as an issuer does, with a key made for the test. Nothing here checks anything.
package final class TokenSigner: Sendable {
    package enum Algorithm: String, Sendable, CaseIterable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }
    package struct NoKey: Error {}

    package let algorithm: Algorithm
    private nonisolated(unsafe) let key: OpaquePointer  // EVP_PKEY, never changed after it was made

    package init(_ algorithm: Algorithm) throws {
        self.algorithm = algorithm
        let name = [Algorithm.rs256: "RSA", .es256: "EC", .edDSA: "ED25519"][algorithm]
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw NoKey() }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1 else { throw NoKey() }
        if algorithm == .es256, EVP_PKEY_CTX_set_group_name(context, "prime256v1") != 1 { throw NoKey() }
        var made: OpaquePointer?
        guard EVP_PKEY_generate(context, &made) == 1, let made else { throw NoKey() }
        key = made
    }
    deinit { EVP_PKEY_free(key) }

    /// The public half (RFC 7517), as one entry of `keys`.
    package func jwk(id: String) -> String {
        let parts =
            switch algorithm {
            case .rs256: #""kty":"RSA","n":"\#(number("n"))","e":"\#(number("e"))""#
            case .es256: #""kty":"EC","crv":"P-256","x":"\#(encoded(point[1..<33]))","y":"\#(encoded(point[33..<65]))""#
            case .edDSA: #""kty":"OKP","crv":"Ed25519","x":"\#(encoded(point))""#
            }
        return #"{"kid":"\#(id)","use":"sig",\#(parts)}"#
    }

    /// A token with this header and these claims, both in JSON.
    package func token(header: String, claims: String) throws -> String {
        let signed = "\(encoded(header.utf8)).\(encoded(claims.utf8))"
        return "\(signed).\(encoded(try sign(Array(signed.utf8))))"
    }
    package func token(id: String, claims: String) throws -> String {
        try token(header: #"{"alg":"\#(algorithm.rawValue)","typ":"JWT","kid":"\#(id)"}"#, claims: claims)
    }

    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw NoKey() }
        defer { EVP_MD_CTX_free(context) }
        let digest = algorithm == .edDSA ? nil : "SHA256"
        var signature = [UInt8](repeating: 0, count: 1024)
        var count = signature.count
        guard EVP_DigestSignInit_ex(context, nil, digest, nil, nil, key, nil) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw NoKey() }
        let made = Array(signature.prefix(count))
        return algorithm == .es256 ? Self.pair(ofDER: made) : made
    }

    // MARK: -

    private func encoded(_ bytes: some Collection<UInt8>) -> String { Base64URL.encode(bytes) }

    private var point: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        var count = 0
        guard EVP_PKEY_get_octet_string_param(key, "pub", &bytes, bytes.count, &count) == 1 else { return [] }
        return Array(bytes.prefix(count))
    }
    private func number(_ name: String) -> String {
        var found: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &found) == 1, let found else { return "" }
        defer { BN_free(found) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Int(BN_bn2bin(found, &bytes))
        return encoded(bytes.prefix(count))
    }
    /// r and s in 32 bytes each, from a sequence of two integers.
    private static func pair(ofDER der: [UInt8]) -> [UInt8] {
        func integer(at start: Int) -> (bytes: [UInt8], end: Int) {
            let count = Int(der[start + 1])
            let digits = der[(start + 2)..<(start + 2 + count)].drop { $0 == 0 }
            return ([UInt8](repeating: 0, count: 32 - digits.count) + digits, start + 2 + count)
        }
        let r = integer(at: 2)
        return r.bytes + integer(at: r.end).bytes
    }
}
