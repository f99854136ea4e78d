import Cryptography
import Query
import Settings

/// Who may ask. Section `auth`.
package struct AuthConfig: Sendable, Equatable {
    /// One caller's key. Only its digest is known here: the configuration gives nothing away.
    package struct APIKey: Sendable, Equatable {
        /// What the configuration calls it; each name once.
        package var name: String
        /// SHA-256 of the key's bytes, 32 of them; 64 hex digits in the file.
        package var digest: [UInt8]
        /// Groups that the caller belongs to; policies name callers and groups.
        package var groups: [String]
        package init(name: String, digest: [UInt8], groups: [String] = []) {
            self.name = name
            self.digest = digest
            self.groups = groups
        }
    }

    /// Answers callers without a key. Off: opening a fleet's inventory to a network is a decision to be written down.
    package var allowsAnonymous = false
    /// Who may ask, each with a key of their own that comes as `Authorization: Bearer KEY`.
    package var apiKeys: [APIKey] = []
    /// What callers may see and do; a caller that several name has what all of them give. Left out: everybody who may
    /// ask sees everything. As soon as there is one, a caller that none names sees nothing.
    package var policies: [PolicyConfig]?

    /// What policies call those without a key.
    package static let anonymousName = "anonymous"

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
            let groups = entry.strings("groups")
            guard let text = entry.string("sha256") else {
                entry.report("is required: the SHA-256 of the key in hex", at: "sha256")
                continue
            }
            guard let digest = bytes(hex: text), digest.count == 32 else {
                entry.report("must be 64 hex digits, the SHA-256 of the key", at: "sha256")
                continue
            }
            if let name { apiKeys.append(APIKey(name: name, digest: digest, groups: groups)) }
        }
        if section.isWritten("policies") { readPolicies(section) }
    }

    private mutating func readPolicies(_ section: Section) {
        let entries = section.sections("policies")
        if entries.isEmpty { section.report("must have an entry; leave it out to show everything", at: "policies") }
        // Keys whose digest is wrong are told of there.
        let named = section.sections("apiKeys").compactMap { $0.string("name") }
        let callers = Set(named + [Self.anonymousName])
        let groups = Set(apiKeys.flatMap(\.groups))
        if named.contains(Self.anonymousName) {
            section.report(
                "anonymous is what policies call callers without a key: name that key otherwise", at: "apiKeys")
        }
        var names: Set<String> = []
        policies = entries.map { entry in
            let policy = PolicyConfig(reading: entry, callers: callers, groups: groups)
            if !policy.rule.name.isEmpty, !names.insert(policy.rule.name).inserted {
                entry.report("is the name of another policy too", at: "name")
            }
            return policy
        }
    }

    /// Nil: everything, as there are no policies.
    func scope(name: String, groups: [String]) -> CompiledScope? {
        guard let policies else { return nil }
        let given = policies.filter { $0.callers.contains(name) || $0.groups.contains(where: groups.contains) }
        return CompiledScope(Scope(rules: given.map(\.rule)))
    }

    /// Neither keys nor `anonymous: true`: everybody is answered, so only loopback addresses may be listened on.
    package var isOnlyForLoopback: Bool { !allowsAnonymous && apiKeys.isEmpty }
}
