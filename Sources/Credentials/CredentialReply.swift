import JSON
import Settings
import Signing
import Timing

/// The temporary credential in a reply of IAM, STS, the metadata service or a pod's agent, in all spellings that the
/// SDKs take (cce-api §5).
struct CredentialReply {
    let credential: Credential
    let expiresAt: Instant

    init(_ body: ArraySlice<UInt8>, of place: String) throws(SourceFailure) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONValue.parse(body) } catch {
            throw SourceFailure(.malformed, "\(place) answered with what is no JSON")
        }
        guard let object = root["credential"] ?? root["credentials"], object.members != nil else {
            throw SourceFailure(.malformed, "\(place) answered without a credential")
        }
        func text(_ names: [String]) throws(SourceFailure) -> String {
            for name in names {
                if let text = object[name]?.string, !text.isEmpty { return text }
            }
            throw SourceFailure(.malformed, "\(place) answered without \(names[0])")
        }
        let access = try text(["access", "accessKeyId", "access_key_id"])
        let secret = try text(["secret", "secretAccessKey", "secret_access_key"])
        let token = try text(["securitytoken", "securityToken", "security_token"])
        let expiry = try text(["expires_at", "expiration"])
        try Self.check(access, "access", place, limit: 256)
        try Self.check(secret, "secret", place, limit: 256)
        try Self.check(token, "securitytoken", place, limit: 32 << 10)
        expiresAt = try Self.instant(expiry, place)
        credential = Credential(
            accessKey: access, secretKey: Secret(secret.utf8), securityToken: Secret(token.utf8))
    }

    /// RFC 3339, with or without a fraction; UTC when it has no offset.
    static func instant(_ text: String, _ place: String) throws(SourceFailure) -> Instant {
        guard let instant = Instant(rfc3339: text, offsetRequired: false) else {
            throw SourceFailure(.malformed, "\(place) answered with an expiry that cannot be read")
        }
        return instant
    }
    /// What stands in a field of a request.
    static func check(_ text: String, _ name: String, _ place: String, limit: Int) throws(SourceFailure) {
        guard text.utf8.count <= limit, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SourceFailure(.malformed, "\(place) answered with a \(name) that cannot be one")
        }
    }
}
