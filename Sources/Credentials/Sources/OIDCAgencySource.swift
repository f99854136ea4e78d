import Cryptography
import JSON
import Outbound
import Settings

/// An identity provider's token, such as a service account's that Kubernetes projects into the pod, for an agency's
/// temporary key. The file is read anew each time, since Kubernetes replaces it.
struct OIDCAgencySource: CredentialSource {
    let kind = CredentialKind.oidcAgency
    let config: OIDCAgencyConfig
    let secrets: SecretReader
    let client: IdentityClient
    let endpoints: IdentityEndpoints

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        let token = try secrets.token(config.idToken)
        return .ask { () async throws(SourceFailure) in
            let body = IdentityBody.object { json in
                json.member("provider_urn", config.provider)
                json.member("agency_urn", config.agency)
                json.member("agency_session_name", config.sessionName)
                json.member("id_token", token.bytes.revealed())
                json.member("duration_seconds", config.duration.components.seconds)
                json.given("policy", config.policy)
                guard !config.policyIDs.isEmpty else { return }
                json.key("policy_ids")
                json.beginArray()
                for id in config.policyIDs { json.string(id) }
                json.endArray()
            }
            let reply = try await client.send(
                IdentityCall(
                    method: .post, origin: endpoints.sts(config.stsEndpoint, region: config.region),
                    path: "/v5/agencies/assume-with-oidc", body: body), to: "STS")
            return try reply.expect([200, 201], of: "STS").issued(kind, of: "STS")
        }
    }

    /// What the variables of the Python SDK say; nil when they name no provider, agency and token.
    static func config(of secrets: SecretReader) -> OIDCAgencyConfig? {
        func variable(_ name: String) -> String? { secrets.text("HUAWEICLOUD_OIDC_\(name)") }
        let token: SecretReference? =
            variable("ID_TOKEN") != nil
            ? .environment("HUAWEICLOUD_OIDC_ID_TOKEN") : variable("TOKEN_FILE").map { .file($0) }
        guard let token, let provider = variable("PROVIDER_URN"), let agency = variable("AGENCY_URN") else {
            return nil
        }
        var config = OIDCAgencyConfig(provider: provider, agency: agency, idToken: token)
        if let name = variable("SESSION_NAME") { config.sessionName = name }
        if let seconds = variable("DURATION_SECONDS").flatMap({ Int($0) }), (900...86_400).contains(seconds) {
            config.duration = .seconds(seconds)
        }
        config.policy = variable("POLICY")
        config.policyIDs = (variable("POLICY_IDS") ?? "").split(separator: ",")
            .map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
        return config
    }
}
