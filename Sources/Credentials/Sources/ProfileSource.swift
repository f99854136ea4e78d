import Settings
import Signing

/// A section of the SDKs' file of profiles. An identity provider's token wins over a key, as in the SDKs.
struct ProfileSource: CredentialSource {
    let kind = CredentialKind.profile
    let config: ProfileConfig
    let secrets: SecretReader
    let federation: @Sendable (FederationConfig) -> FederationSource

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        guard let path = config.path(secrets) else { throw SourceFailure(.absent, "there is no home folder") }
        let text: [UInt8]
        do throws(FileUnreadable) { text = try BoundedFile.read(path, limit: 64 << 10) } catch {
            let isMissing = error.detail.hasPrefix("No such file")
            throw SourceFailure(isMissing ? .absent : .unreadable, error.description)
        }
        let values: [String: String]?
        do throws(ProfileFile.Malformed) { values = try ProfileFile(text).section(config.section) } catch {
            let line = error.line > 0 ? "line \(error.line) " : ""
            throw SourceFailure(.unreadable, "\(path): \(line)\(error.detail)")
        }
        guard let values else { throw SourceFailure(.absent, "\(path) has no section [\(config.section)]") }
        func value(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let idp = value("idp_id"), let file = value("id_token_file") {
            let endpoint = value("iam_endpoint")
            return try federation(
                FederationConfig(idp: idp, idToken: .file(file), iamEndpoint: endpoint)
            ).prepare(isHolding: isHolding)
        }
        guard let access = value("ak"), let secret = value("sk") else {
            throw SourceFailure(.unreadable, "\(path) has no ak and sk in [\(config.section)]")
        }
        let token = value("security_token")
        let parts = [(access, "ak", 256), (secret, "sk", 256), (token ?? "-", "security_token", 32 << 10)]
        for (text, name, limit) in parts
        where text.utf8.count > limit || !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw SourceFailure(.unreadable, "\(path): \(name) in [\(config.section)] cannot be one")
        }
        let credential = Credential(
            accessKey: access, secretKey: Secret(secret.utf8), securityToken: token.map { Secret($0.utf8) })
        return .ready(IssuedCredential(credential, kind))
    }
}
