import CCE
import Discovery
import Inbound
import Inventory
import Locking
import Logging
import Outbound
import Platform
import ReleaseModel
import Signing
import Telemetry
import Timing

/// From the credentials to the inventory, built in the order in which data flows.
struct WriteArm: Sendable {
    let credentials: CurrentCredentials
    let regions: CurrentRegions
    let gates: CredentialGates
    let client: CCEClient
    let inventory: Inventory
    private let upstream: UpstreamConfig
    private let time: any TimeSource
    private let logger: Logger

    /// - Parameters:
    ///   - metrics: counts the calls; nil: nobody does.
    ///   - watching: stands between the inventory and the client, for `check --probe`.
    init(
        _ config: GatewayConfig, credentials: CurrentCredentials, transport: any HTTPTransport, time: any TimeSource,
        metrics: UpstreamMetrics? = nil, tracer: Tracer = .off, logger: Logger,
        watching: (any ReleaseLister) -> any ReleaseLister = { $0 },
        standstills: @escaping @Sendable () -> Int = { 0 }
    ) {
        self.credentials = credentials
        self.time = time
        self.logger = logger
        upstream = config.upstream
        let regions = CurrentRegions(config.regionTable)
        self.regions = regions
        gates = CredentialGates(provider: credentials)
        client = CCEClient(
            transport: transport, credentials: credentials, time: time,
            values: config.inventory.values, version: GatewayVersion.current, metrics: metrics, tracer: tracer)
        inventory = Inventory(
            config: config.inventory, limits: CallLimits(config), lister: watching(client),
            shower: client, gates: gates, standstills: standstills,
            readers: WorkPool(named: "reading", standing: .soon, threads: ProcessorShare.count, queueLimit: 4096),
            endpoint: { regions[$0.region]?.cce.origin }, time: time, metrics: metrics, tracer: tracer, logger: logger)
    }

    /// - Parameter previous: what it has found stays until this one has asked.
    func discovery(_ config: GatewayConfig, continuing previous: Discovery?) -> Discovery {
        Discovery(
            clusters: config.clusters, sources: config.discovery, continuing: previous,
            directory: CloudDirectory(client: client, regions: config.regionTable), lane: inventory,
            timeout: upstream.timeout, time: time, logger: logger)
    }
}

/// The regions of the configuration that holds now.
final class CurrentRegions: Sendable {
    private let table: Lock<RegionTable>
    init(_ table: RegionTable) { self.table = Lock(table) }
    subscript(id: String) -> RegionConfig? { table.withLock { $0 }[id] }
    func replace(with next: RegionTable) { table.withLock { $0 = next } }
}

extension CallLimits {
    init(_ config: GatewayConfig) { self.init(config.upstream, heavyBytesBudget: config.heavyBytesBudget) }
}
