import API
import CCE
import CoreMetrics
import Discovery
import Inbound
import Inventory
import Locking
import Logging
import Outbound
import Telemetry
import Timing

/// What tells the outside how it goes: metrics, and spans where a collector is configured. One for each gateway.
final class GatewayTelemetry: Sendable {
    let registry = MetricRegistry(GatewayMetrics.families)
    let tracer: Tracer
    let upstream: UpstreamMetrics
    let reloads: ReloadMetrics
    let fleet: FleetReadings
    private let spans: SpanQueue?
    /// The discovery that runs now; a reload replaces it.
    private let discovery = Lock<Discovery?>(nil)
    /// What the parts say, once there are any.
    private let parts = Lock<Parts?>(nil)
    private struct Parts: Sendable { let read: @Sendable (inout MetricReadings) -> Void }

    init(_ config: GatewayConfig, time: any TimeSource) {
        spans = config.telemetry.otlpEndpoint == nil ? nil : SpanQueue()
        tracer = Tracer(ratio: config.telemetry.sampleRatio, queue: spans, time: time)
        upstream = UpstreamMetrics(registry)
        reloads = ReloadMetrics(registry, time: time)
        fleet = FleetReadings(
            limit: config.telemetry.clusters, maxAge: config.inventory.maxAge,
            refreshInterval: config.inventory.refreshInterval, time: time)
    }

    var spanCounts: SpanQueue.Counts? { spans?.counts }

    func follow(_ running: Discovery) { discovery.withLock { $0 = running } }
    func include(_ parts: @escaping @Sendable (inout MetricReadings) -> Void) {
        self.parts.withLock { $0 = Parts(read: parts) }
    }

    /// Everything as it stands. Walks over the clusters: from a task.
    var readings: MetricReadings {
        var readings = registry.readings
        parts.withLock { $0 }?.read(&readings)
        fleet.read(discovery.withLock { $0 }?.sources ?? [], into: &readings)
        return readings
    }
    func page(_ format: MetricFormat) -> [UInt8] { format.page(registry.families, readings) }

    /// Counts, and logs where that is configured, what a listener has answered.
    func watcher(
        _ listener: String, _ routes: RouteTable, log: RequestLog
    ) -> @Sendable (CompletedRequest) -> Void {
        let metrics = RequestMetrics(listener: listener, routes: routes, registry)
        return { request in
            metrics.count(request)
            log.note(request, routes)
        }
    }

    // MARK: - Export

    /// Sends spans to the collector through a transport of its own until `run`'s task is cancelled.
    struct Export: Sendable {
        let exporter: SpanExporter
        let transport: CurlTransport
    }

    /// Nil when no collector is configured.
    func makeExport(
        _ config: GatewayConfig, time: any TimeSource, logger: Logger
    ) throws(GatewayStartError) -> Export? {
        guard let spans, let endpoint = config.telemetry.otlpEndpoint else { return nil }
        // The collector is ours and near; what is for the cloud's endpoints does not hold for it.
        var upstream = UpstreamConfig()
        upstream.maxInFlight = 1
        upstream.maxInFlightPerHost = 1
        upstream.maxResponseBytes = 1 << 20
        upstream.maxBytesInFlight = 1 << 20
        upstream.caFile = config.upstream.caFile
        upstream.plainOrigins = Set([Origin(of: endpoint.origin)].compactMap { $0 })
        do throws(StartFailure) {
            let transport = try CurlTransport(upstream, time: time)
            let exporter = SpanExporter(
                endpoint: endpoint, queue: spans, transport: transport, version: GatewayVersion.current,
                instance: ProcessIdentity.text, time: time, logger: logger)
            return Export(exporter: exporter, transport: transport)
        } catch {
            throw GatewayStartError("start libcurl", "\(error)")
        }
    }
}
