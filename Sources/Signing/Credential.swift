import Cryptography
import Settings

/// An access key with its secret, or a token of IAM, as it is now. Never logged; `accessKey` is an identifier but is not shown either.
package struct Credential: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package let accessKey: String
    package let secretKey: Secret
    /// `X-Security-Token` of temporary credentials.
    package let securityToken: Secret?
    /// Sent as `X-Auth-Token` in place of a signature; the keys are empty then.
    package let authToken: Secret?
    /// The secret key's HMAC schedule, prepared once; nil when libcrypto had no memory for it.
    let signingKey: HMACSHA256?

    package init(accessKey: String, secretKey: Secret, securityToken: Secret? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.securityToken = securityToken
        authToken = nil
        signingKey = try? HMACSHA256(key: secretKey.bytes)
    }
    package init(authToken: Secret) {
        accessKey = ""
        secretKey = Secret([])
        securityToken = nil
        self.authToken = authToken
        signingKey = nil
    }

    package static func == (left: Credential, right: Credential) -> Bool {
        left.accessKey == right.accessKey && isSame(left.secretKey, right.secretKey)
            && isSame(left.securityToken, right.securityToken) && isSame(left.authToken, right.authToken)
    }
    /// The same bytes are the same object unless a file was read again.
    private static func isSame(_ left: Secret?, _ right: Secret?) -> Bool {
        left?.bytes === right?.bytes || left == right
    }
    package var description: String { "<credential>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Hands out the credential of a name as it is at that moment; a rotated key shows with the next call.
package protocol CredentialProvider: Sendable {
    /// Nil when no credential of that name is configured.
    func credential(named name: String) -> Credential?
    /// Why there is none; nil when no credential of that name is configured.
    func absence(of name: String) -> CredentialAbsence?
    /// The cloud has refused it: one that can be fetched anew is.
    func refused(_ credential: Credential, named name: String)
}
extension CredentialProvider {
    package func absence(of name: String) -> CredentialAbsence? { nil }
    package func refused(_ credential: Credential, named name: String) {}
}

/// Why a credential that is configured is not there.
package enum CredentialAbsence: Sendable, Equatable {
    /// It is being fetched for the first time.
    case pending
    /// For people.
    case failed(String)
}
