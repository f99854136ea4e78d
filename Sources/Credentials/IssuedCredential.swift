import Signing

/// A credential as a source gave it.
package struct IssuedCredential: Sendable, Equatable {
    package let credential: Credential
    /// Of a chain: the member that had it.
    package let kind: CredentialKind
    /// From now on, by the clock of whoever issued it; nil: it has no end that we know of.
    package let lifetime: Duration?

    package init(_ credential: Credential, _ kind: CredentialKind, lifetime: Duration? = nil) {
        self.credential = credential
        self.kind = kind
        self.lifetime = lifetime
    }
}

/// What is left to do when files and variables have been read.
package enum PreparedCredential: Sendable {
    case ready(IssuedCredential)
    /// Somebody has to be asked for it.
    case ask(Ask)
    package typealias Ask = @Sendable () async throws(SourceFailure) -> IssuedCredential
}

/// Gives a credential, anew each time. Stateless but for what saves calls.
package protocol CredentialSource: Sendable {
    var kind: CredentialKind { get }
    /// Reads files and variables; blocks on them.
    ///
    /// - Parameter isHolding: the credential given last is still valid.
    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential
}
