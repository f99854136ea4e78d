import Cryptography
import Settings
import Signing

/// One key of a caller. Entries of the same name are keys of the same caller: an old and a new one while they are
/// exchanged.
package struct APIKeyConfig: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// SHA-256 of the key's bytes, 32 of them.
        case digest([UInt8])
        /// The key itself, of which only the digest is kept.
        case reference(SecretReference)
    }
    /// Whose key it is.
    package var name: String
    /// Groups that the caller belongs to; policies name callers and groups.
    package var groups: [String]
    package var source: Source
    /// Where problems say that it is; `auth.apiKeys[0]`.
    package var path: String

    package init(name: String, digest: [UInt8], groups: [String] = []) {
        self.init(name: name, source: .digest(digest), groups: groups, path: "auth.apiKeys.\(name)")
    }
    private init(name: String, source: Source, groups: [String], path: String) {
        self.name = name
        self.groups = groups
        self.source = source
        self.path = path
    }

    /// Nil where something is wrong with it.
    init?(reading section: Section) {
        let name = section.callerName()
        let groups = section.strings("groups")
        let (text, key) = (section.string("sha256"), section.secret("key"))
        let source: Source
        switch (text, key) {
        case (nil, nil):
            if !section.isWritten("key") {
                section.report("is required: the SHA-256 of the key in hex, or key", at: "sha256")
            }
            return nil
        case (_?, _?):
            section.report("is given beside sha256: one of the two says which key it is", at: "key")
            return nil
        case (nil, let reference?): source = .reference(reference)
        case (let text?, nil):
            guard let digest = bytes(hex: text), digest.count == 32 else {
                section.report("must be 64 hex digits, the SHA-256 of the key", at: "sha256")
                return nil
            }
            source = .digest(digest)
        }
        guard let name else { return nil }
        self.init(name: name, source: source, groups: groups, path: section.path)
    }
}

/// An access key with its secret that this gateway has given to a caller, who signs with it as for the cloud. The
/// cloud does not know it.
package struct AccessKeyConfig: Sendable, Equatable {
    /// Whose key it is.
    package var name: String
    /// Groups that the caller belongs to; policies name callers and groups.
    package var groups: [String]
    /// Named by its path: several may be one caller's.
    package var parts: CredentialConfig

    package init(
        name: String, groups: [String] = [], accessKey: SecretReference, secretKey: SecretReference, path: String
    ) {
        self.name = name
        self.groups = groups
        parts = CredentialConfig(name: path, accessKey: accessKey, secretKey: secretKey, path: path)
    }

    /// Nil where something is wrong with it.
    init?(reading section: Section) {
        let name = section.callerName()
        let groups = section.strings("groups")
        let (accessKey, secretKey) = (section.secret("accessKey"), section.secret("secretKey"))
        for (reference, key) in [(accessKey, "accessKey"), (secretKey, "secretKey")]
        where reference == nil && !section.isWritten(key) {
            section.report("is required: {env: NAME} or {file: PATH}", at: key)
        }
        guard let name, let accessKey, let secretKey else { return nil }
        self.init(name: name, groups: groups, accessKey: accessKey, secretKey: secretKey, path: section.path)
    }
}

extension Section {
    /// Nil, and a problem, where it is missing or empty.
    fileprivate func callerName() -> String? {
        guard let name = requiredString("name"), !name.isEmpty else { return nil }
        return name
    }
}
