import Credentials
import Foundation
import GatewayTestKit
import Locking
import Logging
import Outbound
import Platform
import Settings
import Signing
import Simulation
import Testing
import Timing

/// A store of credentials before simulated issuers, by a clock that the test moves.
struct Bed {
    let time = ManualTime()
    let identity: SimulatedIdentity
    let transport: IdentityTransport
    let store: CredentialStore

    init(
        _ sources: [CredentialSettings], environment: [String: String] = [:], lifetime: Duration? = nil,
        skew: Duration = .zero, latency: Duration = .zero, accounts: SimulatedIdentity.Accounts = .init(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        identity = SimulatedIdentity(accounts, lifetime: lifetime, skew: skew, time: time)
        transport = IdentityTransport(identity, time: time, latency: latency)
        let secrets = SecretReader(environment: Self.environment(accounts).merging(environment) { $1 })
        store = CredentialStore(
            sources,
            CredentialStore.Surroundings(
                secrets: secrets, client: IdentityClient(remote: transport, local: transport, time: time),
                endpoints: IdentityEndpoints(secrets: secrets) { "https://iam.\($0).example" },
                pool: WorkPool(named: "test", standing: .soon, threads: 1, queueLimit: 64), time: time,
                logger: logger))
    }

    private static func environment(_ accounts: SimulatedIdentity.Accounts) -> [String: String] {
        [
            "BASE_AK": "AKEXAMPLEBASE", "BASE_SK": "SKEXAMPLE0base0not0a0real0key", "ID_TOKEN": accounts.idToken,
            "PASSWORD": accounts.password, "POD_TOKEN": accounts.podToken, "READY_TOKEN": "READY-EXAMPLE",
        ]
    }

    /// Runs the store until `body` ends.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [store] in await store.run {} }
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            group.cancelAll()
            return try outcome.get()
        }
    }
    func reading(_ name: String = "a") throws -> CredentialReading {
        try #require(store.readings.first { $0.name == name })
    }

    // MARK: - Sources

    static let base = CredentialSettings(
        CredentialConfig(name: "base", accessKey: .environment("BASE_AK"), secretKey: .environment("BASE_SK")))
    private static let accounts = SimulatedIdentity.Accounts()
    private static var pod: PodIdentityConfig {
        var pod = PodIdentityConfig()
        pod.uri = "http://169.254.170.23/v1/pod-credentials"
        pod.token = .environment("POD_TOKEN")
        return pod
    }
    /// Those that ask somebody, as the credential `a`.
    static let asking: [CredentialSettings.Source] = [
        .metadata(MetadataConfig()),
        .federation(FederationConfig(idp: accounts.idp, idToken: .environment("ID_TOKEN"))),
        .oidcAgency(
            OIDCAgencyConfig(
                provider: accounts.provider, agency: accounts.agency, idToken: .environment("ID_TOKEN"))),
        .podIdentity(pod),
        .agency(AgencyConfig(from: "base", urn: accounts.agency)),
        .agency(AgencyConfig(from: "base", agency: "a1", domain: "d1")),
        .user(
            UserConfig(
                name: accounts.user, domain: "d1", password: .environment("PASSWORD"), project: "cn-north-4")),
    ]
    static func settings(_ source: CredentialSettings.Source) -> [CredentialSettings] {
        [base, CredentialSettings(name: "a", source: source)]
    }
}
