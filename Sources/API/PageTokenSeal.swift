import Cryptography
import Settings

/// Hides page tokens and finds out changed ones: AES-256-GCM, the text URL-safe and at most 1 KiB.
///
/// Every token has a key of its own, HMAC-SHA256 of a random salt, so that a configured key may serve for years: with
/// one key for all, random nonces would begin to repeat after 2³² tokens (NIST SP 800-38D §8.3).
struct PageTokenSeal: Sendable {
    /// First byte of every token; bound into the seal.
    private static let version: UInt8 = 1
    private static let saltByteCount = 16
    private static let textLimit = 1024
    private let keys: HMACSHA256

    /// `secret` may be any bytes; the same secret opens the same tokens in every process.
    init(secret: Secret) throws(CryptographyError) {
        // A key for this purpose alone, also when the same secret is used elsewhere.
        let derived = try HMACSHA256(key: secret.bytes).authenticate(Array("release-gateway page tokens".utf8))
        keys = try HMACSHA256(key: SecretBytes(derived))
    }
    /// With a key that nobody else has: tokens are good in this process only.
    init() throws(CryptographyError) { try self.init(secret: Secret(randomBytes(32))) }

    func seal(_ token: PageToken) throws(CryptographyError) -> String {
        let header = try [Self.version] + randomBytes(Self.saltByteCount)
        let sealed = try cipher(header).seal(token.encoded, authenticating: header)
        return Base64URL.encode(header + sealed)
    }

    /// Nil for every text that was not sealed with this secret, to the last bit.
    func open(_ text: String) -> PageToken? {
        guard text.utf8.count <= Self.textLimit, let bytes = Base64URL.decode(text), bytes.first == Self.version,
            bytes.count > 1 + Self.saltByteCount
        else { return nil }
        let header = Array(bytes.prefix(1 + Self.saltByteCount))
        guard let plain = try? cipher(header).open(Array(bytes.dropFirst(header.count)), authenticating: header)
        else { return nil }
        return PageToken(encoded: plain)
    }

    private func cipher(_ header: [UInt8]) throws(CryptographyError) -> AES256GCM {
        let key = try SecretBytes(keys.authenticate(header))
        guard let cipher = AES256GCM(key: key) else { preconditionFailure("an HMAC-SHA256 has 32 bytes") }
        return cipher
    }
}
