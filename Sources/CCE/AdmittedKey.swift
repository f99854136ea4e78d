import Signing

/// The key a call was admitted with: it is signed with this one or not sent.
package struct AdmittedKey: Sendable, Equatable {
    /// The credential's name.
    package let name: String
    package let credential: Credential
    package init(name: String, credential: Credential) {
        self.name = name
        self.credential = credential
    }
}
