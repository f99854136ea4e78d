import JSON
import Outbound
import Settings
import Signing

/// An agency of ours or of another account, taken on with another credential: by STS with the agency's URN, by IAM with
/// its name and account.
struct AgencySource: CredentialSource {
    let kind = CredentialKind.agency
    let config: AgencyConfig
    let client: IdentityClient
    let endpoints: IdentityEndpoints
    /// The other credential as it is now.
    let base: @Sendable () -> Credential?

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        guard let base = base() else {
            throw SourceFailure(.waiting, "the credential \"\(config.from)\" is not there")
        }
        return .ask { () async throws(SourceFailure) in
            guard let urn = config.urn else { return try await askIAM(base) }
            let body = IdentityBody.object { json in
                json.member("agency_urn", urn)
                json.member("agency_session_name", config.sessionName)
                json.member("duration_seconds", config.duration.components.seconds)
            }
            let reply = try await client.send(
                IdentityCall(
                    method: .post, origin: endpoints.sts(config.stsEndpoint, region: config.region),
                    path: "/v5/agencies/assume", body: body, credential: base), to: "STS")
            return try reply.expect([200, 201], of: "STS").issued(kind, of: "STS")
        }
    }

    private func askIAM(_ base: Credential) async throws(SourceFailure) -> IssuedCredential {
        let reply = try await client.send(
            IdentityCall(
                method: .post, origin: endpoints.iam(config.iamEndpoint, region: config.region),
                path: "/v3.0/OS-CREDENTIAL/securitytokens", body: IdentityBody.assumeRole(config), credential: base),
            to: "IAM")
        return try reply.expect([201], of: "IAM").issued(kind, of: "IAM")
    }
}
