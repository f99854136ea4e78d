import Cryptography
import Settings

/// Who may ask. Section `auth`.
package struct AuthConfig: Sendable, Equatable {
    /// One caller's key. Only its digest is known here: the configuration gives nothing away.
    package struct APIKey: Sendable, Equatable {
        /// What the configuration calls it; each name once.
        package var name: String
        /// SHA-256 of the key's bytes, 32 of them; 64 hex digits in the file.
        package var digest: [UInt8]
        package init(name: String, digest: [UInt8]) {
            self.name = name
            self.digest = digest
        }
    }

    /// Answers callers without a key. Off: opening a fleet's inventory to a network is a decision to be written down.
    package var allowsAnonymous = false
    /// Who may ask, each with a key of their own that comes as `Authorization: Bearer KEY`.
    package var apiKeys: [APIKey] = []

    package init() {}

    package init(reading section: Section) {
        allowsAnonymous = section.boolean("anonymous", default: allowsAnonymous)
        var names: Set<String> = []
        for entry in section.sections("apiKeys") {
            let name = entry.string("name")
            if let name {
                if !names.insert(name).inserted { entry.report("is the name of another key too", at: "name") }
            } else {
                entry.report("is required", at: "name")
            }
            guard let text = entry.string("sha256") else {
                entry.report("is required: the SHA-256 of the key in hex", at: "sha256")
                continue
            }
            guard let digest = bytes(hex: text), digest.count == 32 else {
                entry.report("must be 64 hex digits, the SHA-256 of the key", at: "sha256")
                continue
            }
            if let name { apiKeys.append(APIKey(name: name, digest: digest)) }
        }
    }

    /// Neither keys nor `anonymous: true`: everybody is answered, so only loopback addresses may be listened on.
    package var isOnlyForLoopback: Bool { !allowsAnonymous && apiKeys.isEmpty }
}
