import API
import CCE
import Telemetry

/// Every metric of the gateway. `docs/metrics.md` says the same for people, and a test holds the two together.
package enum GatewayMetrics {
    static func gauge(_ name: String, _ labels: [String], _ help: String) -> MetricFamily {
        MetricFamily("release_gateway_" + name, .gauge, labels: labels, help)
    }
    static func gauge(_ name: String, _ help: String) -> MetricFamily { gauge(name, [], help) }
    static func counter(_ name: String, _ labels: [String], _ help: String) -> MetricFamily {
        MetricFamily("release_gateway_" + name, .counter, labels: labels, help)
    }
    static func counter(_ name: String, _ help: String) -> MetricFamily { counter(name, [], help) }

    /// In the order in which they are written.
    package static let families =
        FleetReadings.families + UpstreamMetrics.families + UpstreamReadings.families + ReloadMetrics.families
        + CredentialReadings.families + RequestMetrics.families + ServerReadings.families + MemoryReadings.families
        + MemoryGuard.families + ProcessReadings.families
}
