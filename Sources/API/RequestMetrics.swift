import CoreMetrics
import Inbound
import Telemetry

/// Counts the requests of one listener by route and class of status. A request costs one lock and no allocation: the
/// handles of all routes are made at the start.
package struct RequestMetrics: Sendable {
    static let duration = MetricFamily(
        "release_gateway_http_request_duration_seconds", .histogram(MetricFamily.requestSeconds),
        labels: ["listener", "route", "code"], "From the whole head of a request to the end of its answer.")
    static let cut = MetricFamily(
        "release_gateway_http_requests_cut_total", .counter, labels: ["listener"],
        "Requests whose answer did not go out whole.")
    package static let families = [duration, cut]

    /// By the hundreds of a status; first the one of requests that nothing was answered to.
    private static let codes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]

    /// By route, then by class.
    private let durations: [CoreMetrics.Timer]
    private let cut: Counter

    /// - Parameter routes: those of the listener; a response names them by number.
    package init(listener: String, routes: RouteTable, _ factory: any MetricsFactory) {
        durations = (["other"] + routes.routes.map(\.template)).flatMap { route in
            Self.codes.map { code in
                // Nothing of ours is 1xx: that place is never looked at, and no series is made for it.
                code == "1xx"
                    ? CoreMetrics.Timer(label: "", dimensions: [], handler: NOOPMetricsHandler.instance)
                    : CoreMetrics.Timer(
                        label: Self.duration.name,
                        dimensions: [("listener", listener), ("route", route), ("code", code)], factory: factory)
            }
        }
        cut = Counter(label: Self.cut.name, dimensions: [("listener", listener)], factory: factory)
    }

    /// On the library's threads, when a request is over.
    package func count(_ request: CompletedRequest) {
        let place = request.route * Self.codes.count + min(max(request.status / 100, 0), Self.codes.count - 1)
        guard durations.indices.contains(place) else { return }
        let (seconds, attoseconds) = request.duration.components
        durations[place].recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
        if request.outcome != .sent { cut.increment() }
    }
}
