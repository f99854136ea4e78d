import Inbound
import Telemetry

/// What the listeners hold at one moment, for `/metrics`.
enum ServerReadings {
    static let received = GatewayMetrics.counter(
        "http_requests_received_total", ["listener"], "Requests whose head was whole.")
    static let inFlight = GatewayMetrics.gauge(
        "http_requests_in_flight", ["listener"], "Requests whose answer is not sent to its end.")
    static let waiting = GatewayMetrics.gauge("http_requests_waiting", ["listener"], "Requests set aside.")
    static let queued = GatewayMetrics.gauge(
        "http_requests_queued", ["listener"], "Requests set aside that no task has taken up.")
    static let connections = GatewayMetrics.gauge("http_connections", ["listener"], "Open connections.")
    static let connectionsLimit = GatewayMetrics.gauge(
        "http_connections_limit", ["listener"], "Connections that may be open.")
    static let held = GatewayMetrics.gauge("http_held_bytes", ["listener"], "Bodies being sent.")
    static let heldLimit = GatewayMetrics.gauge(
        "http_held_limit_bytes", ["listener"], "Bytes of bodies that may be held for sending.")
    static let families = [received, inFlight, waiting, queued, connections, connectionsLimit, held, heldLimit]

    static func read(_ server: InboundServer, _ listener: String, into readings: inout MetricReadings) {
        let (counts, options) = (server.counts, server.options)
        readings.add(received, [listener], server.received)
        readings.add(inFlight, [listener], counts.inFlight)
        readings.add(waiting, [listener], counts.suspended)
        readings.add(queued, [listener], counts.queued)
        readings.add(connections, [listener], counts.connections)
        readings.add(connectionsLimit, [listener], options.maxConnections)
        readings.add(held, [listener], counts.bodyBytes)
        readings.add(heldLimit, [listener], options.maxBodyBytes)
    }
}
