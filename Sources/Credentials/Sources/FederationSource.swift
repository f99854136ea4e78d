import Cryptography
import JSON
import Outbound
import Settings

/// An identity provider's token for a token of IAM, and that for a temporary key. The file is read anew each time.
struct FederationSource: CredentialSource {
    let kind = CredentialKind.federation
    let config: FederationConfig
    let secrets: SecretReader
    let client: IdentityClient
    let endpoints: IdentityEndpoints

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        let idToken = try secrets.token(config.idToken)
        return .ask { () async throws(SourceFailure) in try await ask(idToken) }
    }

    private func ask(_ idToken: Secret) async throws(SourceFailure) -> IssuedCredential {
        let iam = endpoints.iam(config.iamEndpoint, region: config.region)
        let place = "IAM"
        let first = try await client.send(
            IdentityCall(
                method: .post, origin: iam, path: "/v3.0/OS-AUTH/id-token/tokens", fields: [("X-Idp-Id", config.idp)],
                body: IdentityBody.idToken(idToken)), to: place)
        let token = try first.expect([201], of: place).subjectToken(of: place)
        let second = try await client.send(
            IdentityCall(
                method: .post, origin: iam, path: "/v3.0/OS-CREDENTIAL/securitytokens",
                body: IdentityBody.securityToken(for: token, config.duration)), to: place)
        return try second.expect([201], of: place).issued(kind, of: place)
    }
}

/// Bodies of the calls that issue credentials (cce-api §4.3, §5).
enum IdentityBody {
    static func idToken(_ token: Secret) -> [UInt8] {
        object { json in
            nest(&json, ["auth", "id_token"]) { $0.member("id", token.bytes.revealed()) }
        }
    }
    static func securityToken(for token: Secret, _ duration: Duration) -> [UInt8] {
        identity("token") {
            $0.member("id", token.bytes.revealed())
            $0.member("duration_seconds", duration.components.seconds)
        }
    }
    static func assumeRole(_ config: AgencyConfig) -> [UInt8] {
        identity("assume_role") {
            $0.given("agency_name", config.agency)
            $0.given("domain_name", config.domain)
            $0.given("domain_id", config.domainID)
            $0.member("duration_seconds", config.duration.components.seconds)
        }
    }
    static func password(_ config: UserConfig, _ password: Secret, scope: String) -> [UInt8] {
        object { json in
            nest(&json, ["auth"]) { json in
                nest(&json, ["identity"]) { json in
                    methods("password", &json)
                    nest(&json, ["password", "user"]) { json in
                        json.member("name", config.name)
                        json.member("password", password.bytes.revealed())
                        nest(&json, ["domain"]) { $0.member("name", config.domain) }
                    }
                }
                nest(&json, ["scope", "project"]) { $0.member("name", scope) }
            }
        }
    }
    static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        members(&json)
        json.endObject()
        return json.bytes
    }

    private static func identity(_ method: String, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        object { json in
            nest(&json, ["auth", "identity"]) { json in
                methods(method, &json)
                nest(&json, [method], members)
            }
        }
    }
    private static func methods(_ method: String, _ json: inout JSONWriter) {
        json.key("methods")
        json.beginArray()
        json.string(method)
        json.endArray()
    }
    private static func nest(_ json: inout JSONWriter, _ keys: [String], _ members: (inout JSONWriter) -> Void) {
        for key in keys {
            json.key(key)
            json.beginObject()
        }
        members(&json)
        for _ in keys { json.endObject() }
    }
}

extension JSONWriter {
    /// Nothing for nil: IAM and STS want members that are left out to be left out.
    mutating func given(_ name: StaticString, _ value: String?) {
        if let value { member(name, value) }
    }
}
