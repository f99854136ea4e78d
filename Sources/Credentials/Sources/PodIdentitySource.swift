import Cryptography
import Outbound
import Settings

/// The agent that gives the pods of a cluster their identity.
struct PodIdentitySource: CredentialSource {
    let kind = CredentialKind.podIdentity
    let config: PodIdentityConfig
    let secrets: SecretReader
    let client: IdentityClient
    private static let place = "the pods' identity agent"

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        guard let uri = config.uri ?? secrets.text("HC_CONTAINER_CREDENTIALS_FULL_URI") else {
            throw SourceFailure(.absent, "HC_CONTAINER_CREDENTIALS_FULL_URI is not set")
        }
        let variable = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
        guard let token = config.token ?? secrets.text(variable).map({ .file($0) }) else {
            throw SourceFailure(.absent, "\(variable) is not set")
        }
        guard let origin = Origin(of: uri), origin.isSecure || PlainHTTP.isNear(origin) else {
            throw SourceFailure(.unreadable, "the address of \(Self.place) is none, or http:// and far away")
        }
        let authorization = try secrets.token(token)
        let afterScheme = uri.dropFirst(origin.isSecure ? 8 : 7)
        let path = afterScheme.firstIndex(of: "/").map { String(afterScheme[$0...]) } ?? "/"
        return .ask { () async throws(SourceFailure) in
            let reply = try await client.send(
                IdentityCall(
                    method: .post, origin: origin.description, path: path,
                    fields: [("Authorization", authorization.bytes.revealed())], body: Array("{}".utf8),
                    timeout: .seconds(5), isLocal: true), to: Self.place)
            return try reply.expect([200, 201], of: Self.place).issued(kind, of: Self.place)
        }
    }
}

/// Where a secret may go without encryption.
package enum PlainHTTP {
    /// This machine, or its metadata service's network, which no router passes on (RFC 3927 §2.7).
    package static func isNear(_ origin: Origin) -> Bool {
        if origin.host == "localhost" || origin.host == "[::1]" { return true }
        let numbers = origin.host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard numbers.count == 4, !numbers.contains(nil) else { return false }
        return numbers[0] == 127 || (numbers[0] == 169 && numbers[1] == 254)
    }
}
