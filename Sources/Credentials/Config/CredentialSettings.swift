import Outbound
import Settings
import Signing

/// One credential and where it comes from: an entry of `credentials`. Exactly one source: either keys by file or
/// variable, or one of the sections.
package struct CredentialSettings: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        case fixed(CredentialConfig)
        case environment(EnvironmentConfig)
        case profile(ProfileConfig)
        case metadata(MetadataConfig)
        case federation(FederationConfig)
        case oidcAgency(OIDCAgencyConfig)
        case podIdentity(PodIdentityConfig)
        case agency(AgencyConfig)
        case user(UserConfig)
        case token(SecretReference)
        case chain(ChainConfig)
    }
    /// What clusters and discovery refer to.
    package var name: String
    package var source: Source
    /// Where problems say that it is; `credentials[0]`.
    package var path: String

    package init(name: String, source: Source, path: String? = nil) {
        self.name = name
        self.source = source
        self.path = path ?? "credentials.\(name)"
    }
    /// Keys by file or variable.
    package init(_ config: CredentialConfig) {
        self.init(name: config.name, source: .fixed(config), path: config.path)
    }

    private enum Part: String, CaseIterable {
        case environment, profile, metadata, federation, oidcAgency, podIdentity, agency, user, token, chain
    }

    /// Nil after a problem that leaves no source to use.
    package init?(reading section: Section) {
        let keys = ["accessKey", "secretKey", "securityToken"].filter(section.isPresent)
        let parts = Part.allCases.filter { section.isPresent($0.rawValue) }
        // A sample has everything.
        guard section.isSample || parts.count + (keys.isEmpty ? 0 : 1) <= 1 else {
            section.report("has more than one source: \((keys + parts.map(\.rawValue)).joined(separator: ", "))")
            Self.touchAll(section)
            return nil
        }
        var source: Source?
        if parts.isEmpty || section.isSample { source = .fixed(CredentialConfig(reading: section)) }
        let name = section.string("name") ?? ""
        if name.isEmpty, !parts.isEmpty { section.report("is required", at: "name") }
        for part in parts { source = Self.source(part, of: section) }
        guard let source else { return nil }
        self.init(name: name, source: source, path: section.path)
    }

    private static func source(_ part: Part, of section: Section) -> Source? {
        let inner = part == .token ? section : section.section(part.rawValue)
        switch part {
        case .environment: return .environment(EnvironmentConfig(reading: inner))
        case .profile: return .profile(ProfileConfig(reading: inner))
        case .metadata: return .metadata(MetadataConfig(reading: inner))
        case .federation: return FederationConfig(reading: inner).map { .federation($0) }
        case .oidcAgency: return OIDCAgencyConfig(reading: inner).map { .oidcAgency($0) }
        case .podIdentity: return .podIdentity(PodIdentityConfig(reading: inner))
        case .agency: return AgencyConfig(reading: inner).map { .agency($0) }
        case .user: return UserConfig(reading: inner).map { .user($0) }
        case .token: return inner.secret("token").map { .token($0) }
        case .chain: return .chain(ChainConfig(reading: inner))
        }
    }
    /// So that they are not called unknown besides.
    private static func touchAll(_ section: Section) {
        _ = section.string("name")
        for part in Part.allCases where section.isPresent(part.rawValue) { _ = source(part, of: section) }
    }

    /// The list `credentials` of the whole file. Two of the same name are a problem, and agencies in a circle.
    package static func all(reading root: Section) -> [CredentialSettings] {
        var names: Set<String> = []
        let sections = root.sections("credentials")
        let all = sections.map { section in
            let config = CredentialSettings(reading: section)
            if let name = config?.name, !name.isEmpty, !names.insert(name).inserted {
                section.report("\"\(name)\" is the name of an earlier credential too", at: "name")
            }
            return config
        }
        let given = all.compactMap { $0 }
        for (section, config) in zip(sections, all) {
            guard case .agency(let agency)? = config?.source, !agency.from.isEmpty else { continue }
            let inner = section.section("agency")
            if !given.contains(where: { $0.name == agency.from }) {
                inner.report("\"\(agency.from)\" is none of credentials", at: "from")
            } else if isInCircle(agency.from, given) {
                inner.report("leads back to itself", at: "from")
            }
        }
        return given
    }
    private static func isInCircle(_ start: String, _ all: [CredentialSettings]) -> Bool {
        var name = start
        for _ in all {
            guard case .agency(let agency)? = all.first(where: { $0.name == name })?.source else { return false }
            name = agency.from
        }
        return true
    }

    package var kind: CredentialKind {
        switch source {
        case .fixed: .fixed
        case .environment: .environment
        case .profile: .profile
        case .metadata: .metadata
        case .federation: .federation
        case .oidcAgency: .oidcAgency
        case .podIdentity: .podIdentity
        case .agency: .agency
        case .user: .user
        case .token: .token
        case .chain: .chain
        }
    }

    /// As whom it calls the cloud, as far as the configuration says; no secret.
    package var identity: String? {
        switch source {
        case .federation(let config): "identity provider \(config.idp)"
        case .oidcAgency(let config): "agency \(config.agency)"
        case .agency(let config): "agency \(config.urn ?? config.agency ?? "")"
        case .user(let config): "user \(config.name) of \(config.domain)"
        case .fixed, .environment, .profile, .metadata, .podIdentity, .token, .chain: nil
        }
    }

    /// Files whose change means another key. Tokens that are exchanged for one are read when they are needed.
    package func watchedFiles(_ secrets: SecretReader) -> [String] {
        let references: [SecretReference?] =
            switch source {
            case .fixed(let config): [config.accessKey, config.secretKey, config.securityToken]
            case .token(let reference): [reference]
            case .profile(let config): [config.path(secrets).map { .file($0) }]
            case .chain: [ProfileConfig().path(secrets).map { .file($0) }]
            default: []
            }
        return references.compactMap { if case .file(let path)? = $0 { path } else { nil } }
    }

    /// Where it speaks http: those of loopback, of the metadata service's network, and what a region allows.
    package func plainOrigins(_ secrets: SecretReader) -> [Origin] {
        let texts: [String?] =
            switch source {
            case .metadata(let config): [config.endpoint]
            case .podIdentity(let config): [config.uri ?? secrets.text("HC_CONTAINER_CREDENTIALS_FULL_URI")]
            case .chain: [MetadataConfig().endpoint, secrets.text("HC_CONTAINER_CREDENTIALS_FULL_URI")]
            case .federation(let config): [config.iamEndpoint]
            case .oidcAgency(let config): [config.stsEndpoint]
            case .agency(let config): [config.iamEndpoint, config.stsEndpoint]
            case .user(let config): [config.iamEndpoint]
            default: []
            }
        let variables = ["HUAWEICLOUD_SDK_IAM_ENDPOINT", "HUAWEICLOUD_SDK_STS_ENDPOINT"].map { secrets.text($0) }
        return (texts + variables).compactMap { $0.flatMap { Origin(of: $0) } }
            .filter { !$0.isSecure && PlainHTTP.isNear($0) }
    }
}

extension CredentialSettings {
    /// What stands for the credential when the configuration names none: the SDKs' chain.
    package static let surroundings = CredentialSettings(
        name: EnvironmentCredential.name, source: .chain(ChainConfig()), path: EnvironmentCredential.name)
}
