import Query
import Settings
import Signing

/// Who may ask. Section `auth`.
package struct AuthConfig: Sendable, Equatable {
    /// Whose keys they are. Entries of equal names must have equal groups, so that the name alone decides.
    package struct Holder: Sendable, Hashable {
        package let name: String
        package let groups: [String]
    }

    /// Answers callers without a key. Off: opening a fleet's inventory to a network is a decision to be written down.
    package var allowsAnonymous = false
    /// Who may ask, each with a key of their own that comes as `Authorization: Bearer KEY`; several of one name are one
    /// caller's.
    package var apiKeys: [APIKeyConfig] = []
    /// Who may ask by signing as for the cloud (SDK-HMAC-SHA256), each with a key that this gateway alone knows.
    package var accessKeys: [AccessKeyConfig] = []
    /// Whose tokens (JWT) callers may show instead, as `Authorization: Bearer TOKEN`.
    package var tokenIssuers: [TokenIssuerConfig] = []
    /// What callers may see and do; a caller that several name has what all of them give. Left out: everybody who may
    /// ask sees everything. As soon as there is one, a caller that none names sees nothing.
    package var policies: [PolicyConfig]?

    /// What policies call those without a key.
    package static let anonymousName = "anonymous"

    package init() {}

    package init(reading section: Section) {
        allowsAnonymous = section.boolean("anonymous", default: allowsAnonymous)
        apiKeys = section.sections("apiKeys").compactMap { APIKeyConfig(reading: $0) }
        accessKeys = section.sections("accessKeys").compactMap { AccessKeyConfig(reading: $0) }
        tokenIssuers = section.sections("tokenIssuers").map { TokenIssuerConfig(reading: $0) }
        var issuers: Set<String> = []
        for entry in section.sections("tokenIssuers") {
            guard let issuer = entry.string("issuer"), !issuers.insert(issuer).inserted else { continue }
            entry.report("is the issuer of an earlier entry too", at: "issuer")
        }
        checkGroups(section)
        if section.isWritten("policies") { readPolicies(section) }
    }

    private mutating func readPolicies(_ section: Section) {
        let entries = section.sections("policies")
        if entries.isEmpty { section.report("must have an entry; leave it out to show everything", at: "policies") }
        // Keys with which something is wrong are told of there.
        let named = Self.keys(section).compactMap { $0.string("name") }
        let callers = Set(named + [Self.anonymousName])
        let groups = Set(holders.flatMap(\.groups))
        if named.contains(Self.anonymousName) {
            section.report("anonymous is what policies call callers without a key: name that key otherwise")
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

    /// One caller has the same rights, whichever of its keys it uses.
    private func checkGroups(_ section: Section) {
        var groups: [String: [String]] = [:]
        for entry in Self.keys(section) {
            guard let name = entry.string("name") else { continue }
            let own = entry.strings("groups")
            if own != groups[name, default: own] {
                entry.report("must be those of the other keys of this name: one caller has them all", at: "groups")
            }
            groups[name] = groups[name] ?? own
        }
    }
    private static func keys(_ section: Section) -> [Section] {
        section.sections("apiKeys") + section.sections("accessKeys")
            + section.sections("tokenIssuers").flatMap { $0.sections("callers") }
    }

    /// All that keys are given to, each once.
    var holders: Set<Holder> {
        Set(apiKeys.map { Holder(name: $0.name, groups: $0.groups) })
            .union(accessKeys.map { Holder(name: $0.name, groups: $0.groups) })
            .union(tokenIssuers.flatMap { $0.callers.map(\.holder) })
    }
    /// The files that keys are read from.
    package var files: Set<String> {
        let referred = apiKeys.compactMap { key -> SecretReference? in
            if case .reference(let reference) = key.source { reference } else { nil }
        }
        let parts = accessKeys.flatMap { [$0.parts.accessKey, $0.parts.secretKey] }
        let files = (referred + parts).compactMap { if case .file(let path) = $0 { path } else { nil } }
        return Set(files + tokenIssuers.map(\.jwksFile))
    }

    /// Nil: everything, as there are no policies.
    func scope(name: String, groups: [String]) -> CompiledScope? {
        guard let policies else { return nil }
        let given = policies.filter { $0.callers.contains(name) || $0.groups.contains(where: groups.contains) }
        return CompiledScope(Scope(rules: given.map(\.rule)))
    }

    /// Neither keys nor `anonymous: true`: everybody is answered, so only loopback addresses may be listened on.
    package var isOnlyForLoopback: Bool {
        !allowsAnonymous && apiKeys.isEmpty && accessKeys.isEmpty && tokenIssuers.isEmpty
    }
}
