import Credentials
import Telemetry

/// Where credentials come from and how their renewal goes, for `/metrics`. Nothing of a key.
enum CredentialReadings {
    static let source = GatewayMetrics.gauge(
        "credential_source", ["credential", "source"], "1 for the source that the credential comes from.")
    static let held = GatewayMetrics.gauge(
        "credential_held", ["credential"], "1 while there is a credential that is valid.")
    static let expiry = GatewayMetrics.gauge(
        "credential_expiry_seconds", ["credential"], "Until a credential ends that has an end.")
    static let renewals = GatewayMetrics.counter(
        "credential_renewals_total", ["credential", "result"], "Credentials fetched, or why they were not.")
    static let changes = GatewayMetrics.counter(
        "credential_changes_total", ["credential"], "Times that another key came into use, the first one included.")
    static let families = [source, held, expiry, renewals, changes]

    static func read(_ credentials: [CredentialReading], into readings: inout MetricReadings) {
        for one in credentials {
            readings.add(source, [one.name, one.kind.rawValue], 1)
            readings.add(held, [one.name], one.isHeld ? 1 : 0)
            readings.add(changes, [one.name], one.counts.changes)
            if let left = one.timeLeft { readings.add(expiry, [one.name], left) }
            guard one.kind != .fixed else { continue }
            readings.add(renewals, [one.name, "success"], one.counts.renewals)
            for reason in SourceFailure.Reason.allCases {
                guard let count = one.counts.failures[reason] else { continue }
                readings.add(renewals, [one.name, reason.rawValue], count)
            }
        }
    }
}
