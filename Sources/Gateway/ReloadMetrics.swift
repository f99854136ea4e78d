import CCE
import CoreMetrics
import Telemetry
import Timing

/// How reading the configuration and the keys again went, and how the credentials stand.
struct ReloadMetrics: Sendable {
    static let credentialState = GatewayMetrics.gauge(
        "credential_state", ["credential", "state"], "1 for the state a credential is in, 0 for the others.")
    static let credentialReloads = GatewayMetrics.counter(
        "credential_reloads_total", ["result"], "Keys read again.")
    static let credentialSuccess = GatewayMetrics.gauge(
        "credential_last_reload_successful", "1 unless a key could not be read the last time.")
    static let configReloads = GatewayMetrics.counter("config_reloads_total", ["result"], "Configuration read again.")
    static let configSuccess = GatewayMetrics.gauge(
        "config_last_reload_successful", "1 unless the configuration was refused the last time.")
    static let configTime = GatewayMetrics.gauge(
        "config_last_reload_success_timestamp_seconds", "Unix time at which the configuration that holds was taken.")
    static let families = [
        credentialState, credentialReloads, credentialSuccess, configReloads, configSuccess, configTime,
    ]

    private struct Results: Sendable {
        let success: Counter
        let failure: Counter
        let last: Meter

        init(_ counter: MetricFamily, _ gauge: MetricFamily, _ factory: any MetricsFactory) {
            success = Counter(label: counter.name, dimensions: [("result", "success")], factory: factory)
            failure = Counter(label: counter.name, dimensions: [("result", "failure")], factory: factory)
            last = Meter(label: gauge.name, factory: factory)
            last.set(1)
        }
        func note(isGood: Bool) {
            (isGood ? success : failure).increment()
            last.set(isGood ? 1 : 0)
        }
    }
    private let credentials: Results
    private let config: Results
    private let configTaken: Meter
    private let time: any TimeSource

    init(_ factory: any MetricsFactory, time: any TimeSource) {
        self.time = time
        credentials = Results(Self.credentialReloads, Self.credentialSuccess, factory)
        config = Results(Self.configReloads, Self.configSuccess, factory)
        configTaken = Meter(label: Self.configTime.name, factory: factory)
        configTaken.set(time.wall.unixSeconds)
    }

    func credentialsRead(isGood: Bool) { credentials.note(isGood: isGood) }
    func configRead(isGood: Bool) {
        config.note(isGood: isGood)
        if isGood { configTaken.set(time.wall.unixSeconds) }
    }

    /// - Parameter names: of the credentials configured now.
    static func read(
        _ gates: CredentialGates, names: [String], now: Duration, into readings: inout MetricReadings
    ) {
        for name in Set(names) {
            guard let verdict = gates.standing(of: name, now: now)?.verdict else { continue }
            for (state, word) in [
                (CredentialGate.Verdict.pending, "pending"), (.accepted, "accepted"), (.refused, "refused"),
            ] {
                readings.add(credentialState, [name, word], verdict == state ? 1 : 0)
            }
        }
    }
}
