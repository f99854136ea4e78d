import CCE
import Credentials
import Locking
import Logging
import Outbound
import Platform
import Settings
import Signing
import Timing

/// The credentials of the configuration that holds now; a reload replaces them as a whole.
final class CurrentCredentials: CredentialProvider {
    private let state: Lock<CredentialStore>
    private let maker: Maker
    private let stores: AsyncStream<CredentialStore>
    private let next: AsyncStream<CredentialStore>.Continuation

    /// - Parameter given: in place of libcurl, for tests.
    init(
        _ config: GatewayConfig, secrets: SecretReader, time: any TimeSource, given: (any HTTPTransport)?,
        logger: Logger
    ) {
        maker = Maker(
            secrets: secrets, time: time, upstream: config.upstream, given: given, logger: logger,
            pool: WorkPool(named: "credentials", standing: .soon, threads: 1, queueLimit: 1024))
        let first = maker.store(config.credentials, config.regionTable, continuing: nil)
        state = Lock(first)
        (stores, next) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        next.yield(first)
    }

    func credential(named name: String) -> Credential? { current.credential(named: name) }
    func absence(of name: String) -> CredentialAbsence? { current.absence(of: name) }
    func refused(_ credential: Credential, named name: String) { current.refused(credential, named: name) }

    /// Of all credentials configured now.
    var names: [String] { current.settings.map(\.name) }
    var readings: [CredentialReading] { current.readings }

    /// Reads the keys again; what cannot be read stays as it was. Blocks on files: not on the cooperative pool.
    func reload() -> [Problem] { current.reload() }

    /// Takes other credentials when every key of theirs can be read; else all stays, and the problems are returned.
    /// Those that have to be asked for are there a moment later. Blocks on files.
    func replace(with config: GatewayConfig) -> [Problem] {
        let before = current
        guard config.credentials != before.settings else { return reload() }
        let store = maker.store(config.credentials, config.regionTable, continuing: before)
        let problems = store.reload()
        guard problems.isEmpty else { return problems }
        state.withLock { $0 = store }
        next.yield(store)
        return []
    }

    /// Renews until it is cancelled.
    ///
    /// - Parameter onChange: called when another credential has come into use.
    func run(onChange: @escaping @Sendable () -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            var running: CredentialStore?
            for await store in stores {
                running?.stop()
                running = store
                group.addTask { await store.run(onChange: onChange) }
            }
            group.cancelAll()
        }
    }

    /// What cannot be read of them. Blocks on files; asks nobody.
    static func problems(of settings: [CredentialSettings], secrets: SecretReader) -> [Problem] {
        let silent = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        let maker = Maker(
            secrets: secrets, time: SystemTime(), upstream: UpstreamConfig(), given: NoTransport(), logger: silent,
            pool: WorkPool(named: "credentials", standing: .soon, threads: 1, queueLimit: 1))
        var problems = maker.store(settings, RegionTable(), continuing: nil).reload()
        // A chain passes over what it cannot use; a key without its secret is a mistake all the same.
        for case .chain(let chain) in settings.map(\.source) where chain.sources.contains(.environment) {
            guard let found = EnvironmentCredential(secrets.text) else { continue }
            problems += StaticCredentials([found.config]) { reference throws(SecretUnreadable) in
                try secrets.read(reference)
            }.reload()
        }
        return problems
    }

    private var current: CredentialStore { state.withLock { $0 } }
}

/// Makes stores that share threads and settings.
private struct Maker: Sendable {
    let secrets: SecretReader
    let time: any TimeSource
    let upstream: UpstreamConfig
    let given: (any HTTPTransport)?
    let logger: Logger
    let pool: WorkPool

    /// With transports of its own, apart from those of clusters: a fleet that hangs must not keep a key from being
    /// renewed.
    func store(
        _ settings: [CredentialSettings], _ regions: RegionTable, continuing previous: CredentialStore?
    ) -> CredentialStore {
        var remote = upstream
        (remote.maxInFlight, remote.maxInFlightPerHost, remote.queueLimit) = (16, 8, 1024)
        (remote.maxResponseBytes, remote.maxBytesInFlight) = (1 << 20, 16 << 20)
        remote.plainOrigins.formUnion(settings.flatMap { $0.plainOrigins(secrets) })
        var local = remote
        local.proxy = nil
        let client = IdentityClient(
            remote: given ?? LazyTransport(remote, time: time),
            local: given ?? LazyTransport(local, time: time), time: time)
        return CredentialStore(
            settings,
            CredentialStore.Surroundings(
                secrets: secrets, client: client,
                endpoints: IdentityEndpoints(secrets: secrets) { regions[$0]?.iam.origin }, pool: pool, time: time,
                logger: logger),
            continuing: previous)
    }
}

/// A `CurlTransport` that is there when it is first needed: most credentials are never asked for.
private final class LazyTransport: HTTPTransport {
    private let config: UpstreamConfig
    private let time: any TimeSource
    private let made = Lock<CurlTransport?>(nil)

    init(_ config: UpstreamConfig, time: any TimeSource) {
        self.config = config
        self.time = time
    }

    func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        let transport: CurlTransport
        do throws(StartFailure) {
            transport = try made.withLock { made throws(StartFailure) in
                if let made { return made }
                let transport = try CurlTransport(config, time: time)
                made = transport
                return transport
            }
        } catch {
            throw TransportError(.stopped, detail: "libcurl could not be started")
        }
        return try await transport.send(origin: origin, timeout: timeout, makeRequest: makeRequest)
    }
}

/// For those who only read.
private struct NoTransport: HTTPTransport {
    func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        throw TransportError(.stopped)
    }
}
