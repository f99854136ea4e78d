import Settings

/// An access key with its secret, as it is now. Never logged; `accessKey` is an identifier but is not shown either.
package struct Credential: Sendable, Equatable {
    package let accessKey: String
    package let secretKey: Secret
    /// `X-Security-Token` of temporary credentials.
    package let securityToken: Secret?

    package init(accessKey: String, secretKey: Secret, securityToken: Secret? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.securityToken = securityToken
    }
}

/// Hands out the credential of a name as it is at that moment; a rotated key shows with the next call.
package protocol CredentialProvider: Sendable {
    /// Nil when no credential of that name is configured.
    func credential(named name: String) -> Credential?
}
