import API
import CCE
import Inbound
import Inventory
import Telemetry
import Timing

/// What answers the two listeners.
final class Handlers: Sendable {
    let main: SwitchedHandler
    let admin: AdminHandler
    let readiness: @Sendable () -> Readiness
    private let make: @Sendable (GatewayConfig) -> APIHandler

    init(
        _ config: GatewayConfig, arm: WriteArm, pages: Pages, work: LongWork, latch: ReadinessLatch,
        telemetry: GatewayTelemetry, memory: MemoryGuard, keys: CallerKeys, time: any TimeSource
    ) {
        let inventory = arm.inventory
        let source = InventorySource(
            inventory: inventory, clocks: arm.client.clocks, regions: arm.regions, memory: memory)
        let readiness: @Sendable () -> Readiness = {
            latch.readiness(now: time.uptime) { inventory.current }
        }
        // Only `auth` is taken from a later configuration: what else the policy holds is the running parts' own.
        let policy = APIPolicy(config)
        make = { config in
            APIHandler(
                source: source, time: time, policy: policy,
                authenticator: Authenticator(config.auth, keys: keys, time: time), pages: pages, work: work,
                tracer: telemetry.tracer,
                readiness: readiness)
        }
        main = SwitchedHandler(make(config))
        self.readiness = readiness
        admin = AdminHandler(time: time, metrics: { telemetry.page($0) }, readiness: readiness)
    }

    /// New API keys count from the next request on.
    func replace(_ config: GatewayConfig) { main.replace(with: make(config)) }
}

extension APIPolicy {
    init(_ config: GatewayConfig) {
        self.init()
        maxAge = config.inventory.maxAge
        minRefreshInterval = config.inventory.minRefreshInterval
        requestTimeout = config.server.requestTimeout
    }
}
