import CCE
import Inventory
import Outbound
import ReleaseModel
import Telemetry

/// What goes out and waits to, for `/metrics`.
enum UpstreamReadings {
    static let offset = GatewayMetrics.gauge(
        "upstream_clock_offset_seconds", ["endpoint"], "The clock of the cloud minus ours.")
    static let inFlight = GatewayMetrics.gauge("upstream_calls_in_flight", "Calls admitted and not over.")
    static let queued = GatewayMetrics.gauge("upstream_calls_queued", "Calls waiting for admission.")
    static let limit = GatewayMetrics.gauge("upstream_calls_limit", "Calls that may be in flight.")
    static let rate = GatewayMetrics.gauge(
        "upstream_calls_per_second_limit",
        "Calls that may begin in a second with one credential at one endpoint, at the most; 0: any number.")
    static let paused = GatewayMetrics.gauge("upstream_transfers_paused", "Transfers held back by the limit on bytes.")
    static let held = GatewayMetrics.gauge("upstream_held_bytes", "Bodies received or being received.")
    static let heldLimit = GatewayMetrics.gauge("upstream_held_limit_bytes", "Bytes of bodies that may be held.")
    static let connections = GatewayMetrics.counter("upstream_connections_opened_total", "Sockets made.")
    static let lookups = GatewayMetrics.counter("upstream_lookups_total", "Names resolved.")
    static let circuit = GatewayMetrics.gauge(
        "upstream_circuit_state", ["endpoint", "state"],
        "1 for the state an endpoint's circuit is in, 0 for the others.")
    static let clusterCircuits = GatewayMetrics.gauge(
        "upstream_cluster_circuits_open", ["endpoint"],
        "Clusters that are not asked because too many of their calls failed.")
    static let opened = GatewayMetrics.counter(
        "upstream_circuits_opened_total", ["endpoint", "scope"],
        "Times that calls were stopped because too many failed.")
    static let retryBudget = GatewayMetrics.gauge(
        "upstream_retry_budget", ["endpoint"], "Calls that may be repeated now.")
    static let callRate = GatewayMetrics.gauge(
        "upstream_calls_per_second", ["endpoint", "credential"], "Calls that may begin in a second now; 0: any number.")
    static let throttled = GatewayMetrics.gauge(
        "upstream_throttled", ["endpoint", "credential"],
        "1 while calls are kept back because the cloud refused some as too many.")
    static let waiting = GatewayMetrics.gauge(
        "upstream_calls_waiting", ["endpoint", "credential"], "Calls that wait for their turn.")
    static let families = [
        offset, inFlight, queued, limit, rate, paused, held, heldLimit, connections, lookups, circuit, clusterCircuits,
        opened, retryBudget, callRate, throttled, waiting,
    ]

    /// - Parameter counts: nil when the calls do not go through libcurl.
    static func read(
        _ counts: CurlTransport.Counts?, _ config: UpstreamConfig, _ clocks: CloudClocks,
        into readings: inout MetricReadings
    ) {
        for (origin, difference) in clocks.offsets {
            readings.add(offset, [UpstreamMetrics.name(of: origin)], difference)
        }
        readings.add(limit, config.maxInFlight)
        readings.add(rate, config.maxCallsPerSecond)
        readings.add(heldLimit, config.maxBytesInFlight)
        guard let counts else { return }
        readings.add(inFlight, counts.inFlight)
        readings.add(queued, counts.queued)
        readings.add(paused, counts.paused)
        readings.add(held, counts.bytesHeld)
        readings.add(connections, counts.connections)
        readings.add(lookups, counts.lookups)
    }

    static func read(
        _ endpoints: [EndpointReading], _ rates: [CallRateReading], into readings: inout MetricReadings
    ) {
        for lane in rates.prefix(UpstreamMetrics.endpointLimit) {
            let labels = [UpstreamMetrics.name(of: lane.endpoint), lane.credential]
            readings.add(callRate, labels, lane.limit ?? 0)
            readings.add(throttled, labels, lane.isThrottled ? 1 : 0)
            readings.add(waiting, labels, lane.waiting)
        }
        for endpoint in endpoints.prefix(UpstreamMetrics.endpointLimit) {
            let name = UpstreamMetrics.name(of: endpoint.endpoint)
            for (state, word) in [(nil, "closed"), (.open, "open"), (.halfOpen, "half_open")]
                as [(Circuit.State?, String)]
            {
                readings.add(circuit, [name, word], endpoint.circuit == state ? 1 : 0)
            }
            readings.add(clusterCircuits, [name], endpoint.clustersOpen)
            readings.add(opened, [name, "endpoint"], endpoint.timesOpened)
            readings.add(opened, [name, "cluster"], endpoint.clusterTimesOpened)
            readings.add(retryBudget, [name], endpoint.retriesLeft)
        }
    }
}
