import JSON
import Outbound
import Settings
import Signing

/// An IAM user's password for a token of one project, sent as `X-Auth-Token`.
struct UserSource: CredentialSource {
    let kind = CredentialKind.user
    let config: UserConfig
    let secrets: SecretReader
    let client: IdentityClient
    let endpoints: IdentityEndpoints

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        let password: Secret
        do throws(SecretUnreadable) { password = try secrets.read(config.password) } catch {
            throw SourceFailure(.unreadable, error.description)
        }
        return .ask { () async throws(SourceFailure) in
            let reply = try await client.send(
                IdentityCall(
                    method: .post, origin: endpoints.iam(config.iamEndpoint, region: config.region),
                    path: "/v3/auth/tokens", query: [("nocatalog", "true")],
                    body: IdentityBody.password(config, password, scope: config.scope)), to: "IAM"
            ).expect([201], of: "IAM")
            let token = try reply.subjectToken(of: "IAM")
            guard let root = try? JSONValue.parse(reply.response.body.bytes),
                let expiry = root["token"]?["expires_at"]?.string
            else { throw SourceFailure(.malformed, "IAM answered without expires_at") }
            let lifetime = try reply.lifetime(until: CredentialReply.instant(expiry, "IAM"), "IAM")
            return IssuedCredential(Credential(authToken: token), kind, lifetime: lifetime)
        }
    }
}

/// A token of IAM that somebody else fetches; its file is watched.
struct TokenSource: CredentialSource {
    let kind = CredentialKind.token
    let token: SecretReference
    let secrets: SecretReader

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        .ready(IssuedCredential(Credential(authToken: try secrets.token(token)), kind))
    }
}
