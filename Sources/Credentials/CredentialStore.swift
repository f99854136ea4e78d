import Locking
import Logging
import Outbound
import Platform
import Settings
import Signing
import Timing

/// All credentials of one configuration: hands out the current one of each, and keeps them current while `run` runs.
package final class CredentialStore: CredentialProvider {
    /// What all sources share.
    package struct Surroundings: Sendable {
        package let secrets: SecretReader
        package let client: IdentityClient
        package let endpoints: IdentityEndpoints
        package let pool: WorkPool
        package let time: any TimeSource
        package let logger: Logger
        package init(
            secrets: SecretReader, client: IdentityClient, endpoints: IdentityEndpoints, pool: WorkPool,
            time: any TimeSource, logger: Logger
        ) {
            self.secrets = secrets
            self.client = client
            self.endpoints = endpoints
            self.pool = pool
            self.time = time
            self.logger = logger
        }
    }
    /// By name; agencies look here for the credential that they are made with.
    private final class Table: Sendable {
        let fixed: StaticCredentials
        let renewed = Lock<[String: RenewedCredential]>([:])
        init(_ fixed: StaticCredentials) { self.fixed = fixed }
        func credential(named name: String) -> Credential? {
            fixed.credential(named: name) ?? renewed.withLock { $0[name] }?.credential
        }
    }

    package let settings: [CredentialSettings]
    private let table: Table
    private let renewed: [RenewedCredential]
    private let fixedCounts: Lock<[String: CredentialReading.Counts]>

    /// - Parameter previous: what it holds by the same settings is held here too.
    package init(_ settings: [CredentialSettings], _ all: Surroundings, continuing previous: CredentialStore? = nil) {
        self.settings = settings
        let secrets = all.secrets
        let keys = settings.compactMap { if case .fixed(let config) = $0.source { config } else { nil } }
        let table = Table(StaticCredentials(keys) { reference throws(SecretUnreadable) in try secrets.read(reference) })
        self.table = table
        fixedCounts = Lock(previous?.fixedCounts.withLock { $0 } ?? [:])
        // The table holds the sources.
        let base: @Sendable (String) -> Credential? = { [weak table] name in table?.credential(named: name) }
        renewed = settings.compactMap { settings in
            guard let source = Self.source(of: settings, all, base: base) else { return nil }
            let made = RenewedCredential(settings, source, pool: all.pool, time: all.time, logger: all.logger)
            if let same = previous?.renewed.first(where: { $0.settings == settings }) { made.adopt(same) }
            return made
        }
        table.renewed.withLock { $0 = Dictionary(renewed.map { ($0.settings.name, $0) }) { first, _ in first } }
    }

    package func credential(named name: String) -> Credential? { table.credential(named: name) }

    package func absence(of name: String) -> CredentialAbsence? {
        if let one = table.renewed.withLock({ $0[name] }) {
            if let failure = one.failure {
                // Of one that waits for another the other one's absence is told.
                if failure.reason == .waiting, let base = Self.base(of: one.settings), absence(of: base) == .pending {
                    return .pending
                }
                return .failed(failure.detail)
            }
            return one.credential == nil ? .pending : nil
        }
        guard settings.contains(where: { $0.name == name }) else { return nil }
        return table.fixed.credential(named: name) == nil ? .failed("its key cannot be read") : nil
    }

    package func refused(_ credential: Credential, named name: String) {
        table.renewed.withLock { $0[name] }?.refused(credential)
    }

    /// Reads files and variables again; not on the cooperative pool. What cannot be read stays as it was.
    package func reload() -> [Problem] {
        let fixed = settings.filter { $0.kind == .fixed }.map(\.name)
        let before = fixed.map { table.fixed.credential(named: $0) }
        var problems = table.fixed.reload()
        fixedCounts.withLock { counts in
            for (name, before) in zip(fixed, before) where table.fixed.credential(named: name) != before {
                counts[name, default: .init()].changes += 1
            }
        }
        for one in renewed {
            guard let failure = one.readNow() else { continue }
            problems.append(Problem(path: one.settings.path, detail: failure.detail))
        }
        return problems
    }

    /// Renews until it is cancelled or `stop` is called.
    ///
    /// - Parameter onChange: called when another credential has come into use.
    package func run(onChange: @escaping @Sendable () -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for one in renewed {
                let name = one.settings.name
                let waiting = renewed.filter { Self.base(of: $0.settings) == name }
                group.addTask {
                    await one.run {
                        for other in waiting { other.baseCame() }
                        onChange()
                    }
                }
            }
        }
    }
    /// The credential that this one is made of.
    private static func base(of settings: CredentialSettings) -> String? {
        if case .agency(let config) = settings.source { config.from } else { nil }
    }
    package func stop() {
        for one in renewed { one.stop() }
    }

    /// In the order of the configuration.
    package var readings: [CredentialReading] {
        settings.map { one in
            if let renewed = renewed.first(where: { $0.settings.name == one.name }) { return renewed.reading }
            return CredentialReading(
                name: one.name, kind: .fixed, isHeld: table.fixed.credential(named: one.name) != nil,
                counts: fixedCounts.withLock { $0[one.name] } ?? .init())
        }
    }

    // MARK: -

    /// Nil for keys that are read by name.
    private static func source(
        of settings: CredentialSettings, _ all: Surroundings, base: @escaping @Sendable (String) -> Credential?
    ) -> (any CredentialSource)? {
        func federation(_ config: FederationConfig) -> FederationSource {
            FederationSource(config: config, secrets: all.secrets, client: all.client, endpoints: all.endpoints)
        }
        switch settings.source {
        case .fixed: return nil
        case .environment(let config):
            return EnvironmentSource(secrets: all.secrets) { found in
                var found = found
                found.iamEndpoint = config.iamEndpoint
                return FederationSource(
                    config: found, secrets: all.secrets, client: all.client, endpoints: all.endpoints)
            }
        case .profile(let config):
            return ProfileSource(config: config, secrets: all.secrets) {
                FederationSource(config: $0, secrets: all.secrets, client: all.client, endpoints: all.endpoints)
            }
        case .metadata(let config): return MetadataSource(config, all.client)
        case .federation(let config): return federation(config)
        case .oidcAgency(let config):
            return OIDCAgencySource(
                config: config, secrets: all.secrets, client: all.client, endpoints: all.endpoints)
        case .podIdentity(let config):
            return PodIdentitySource(config: config, secrets: all.secrets, client: all.client)
        case .agency(let config):
            return AgencySource(config: config, client: all.client, endpoints: all.endpoints) { base(config.from) }
        case .user(let config):
            return UserSource(config: config, secrets: all.secrets, client: all.client, endpoints: all.endpoints)
        case .token(let reference): return TokenSource(token: reference, secrets: all.secrets)
        case .chain(let config):
            return ChainSource(
                config.sources.compactMap { member in
                    let name = settings.name
                    let inner: CredentialSettings.Source? =
                        switch member {
                        case .oidcAgency: OIDCAgencySource.config(of: all.secrets).map { .oidcAgency($0) }
                        case .environment: .environment(EnvironmentConfig())
                        case .profile: .profile(ProfileConfig())
                        case .metadata: .metadata(MetadataConfig())
                        case .podIdentity: .podIdentity(PodIdentityConfig())
                        }
                    return inner.flatMap { source(of: CredentialSettings(name: name, source: $0), all, base: base) }
                })
        }
    }
}
