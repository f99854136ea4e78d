import Settings
import Signing

/// The variables of the cloud's SDKs, and those of its samples. An identity provider's token wins over a key, as in the
/// SDKs; of two keys the samples' `CLOUD_SDK_AK` wins.
struct EnvironmentSource: CredentialSource {
    let kind = CredentialKind.environment
    let secrets: SecretReader
    /// Makes a federation of what the variables name.
    let federation: @Sendable (FederationConfig) -> FederationSource

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        if let idp = secrets.text("HUAWEICLOUD_SDK_IDP_ID"), let file = secrets.text("HUAWEICLOUD_SDK_ID_TOKEN_FILE") {
            return try federation(FederationConfig(idp: idp, idToken: .file(file))).prepare(isHolding: isHolding)
        }
        guard let found = EnvironmentCredential({ secrets.text($0) }) else {
            throw SourceFailure(.absent, "the environment has no key")
        }
        let keys = StaticCredentials([found.config]) { reference throws(SecretUnreadable) in
            try secrets.read(reference)
        }
        if let problem = keys.reload().first { throw SourceFailure(.unreadable, problem.detail) }
        guard let credential = keys.credential(named: found.config.name) else {
            throw SourceFailure(.unreadable, "the environment's key cannot be read")
        }
        return .ready(IssuedCredential(credential, kind))
    }
}
