import CoreMetrics
import Locking
import ReleaseModel
import Telemetry

/// Counts the calls to the cloud. Handles are made when an endpoint or a reason is met for the first time.
package final class UpstreamMetrics: Sendable {
    /// What is asked of the cloud: the values of `operation`.
    enum Operation: String, Sendable {
        case listReleases = "list_releases"
        case showRelease = "show_release"
        case listClusters = "list_clusters"
        case findProject = "find_project"
        /// By `check --probe` alone.
        case findAccount = "find_account"
    }
    /// How a call ended: the values of `outcome`.
    enum Outcome: String, Sendable { case success, failure, cancelled, unsent }

    static let started = MetricFamily(
        "release_gateway_upstream_calls_started_total", .counter, labels: ["endpoint", "operation"],
        "Calls to the cloud begun, those waiting for admission included.")
    static let ended = MetricFamily(
        "release_gateway_upstream_calls_total", .counter, labels: ["endpoint", "operation", "outcome", "reason"],
        "Calls to the cloud that have ended.")
    static let duration = MetricFamily(
        "release_gateway_upstream_call_duration_seconds", .histogram(MetricFamily.callSeconds),
        labels: ["endpoint", "operation"], "From sending a call to its last byte or its failure.")
    static let admission = MetricFamily(
        "release_gateway_upstream_admission_duration_seconds", .histogram(MetricFamily.callSeconds),
        labels: ["endpoint"], "Wait between the start of a call and its sending.")
    static let retries = MetricFamily(
        "release_gateway_upstream_retries_total", .counter, labels: ["endpoint"],
        "Calls that repeat one that failed just before.")
    static let refusedRetries = MetricFamily(
        "release_gateway_upstream_retries_refused_total", .counter, labels: ["endpoint"],
        "Retries left out because the endpoint's budget was spent.")
    static let received = MetricFamily(
        "release_gateway_upstream_received_bytes_total", .counter, labels: ["endpoint"],
        "Decoded bytes of the bodies of successful answers.")
    static let bodies = MetricFamily(
        "release_gateway_upstream_bodies_total", .counter, labels: ["content"],
        "Lists of releases received, by whether they hash like the one before.")
    static let decoding = MetricFamily(
        "release_gateway_upstream_decode_duration_seconds", .histogram(MetricFamily.callSeconds),
        "Decoding one changed list of releases.")
    package static let families = [
        started, ended, duration, admission, retries, refusedRetries, received, bodies, decoding,
    ]

    /// Regions are few; a configuration with more endpoints has the rest counted together.
    package static let endpointLimit = 64

    private struct EndedKey: Hashable {
        let operation: Operation
        let outcome: Outcome
        let reason: Reason?
    }
    /// All handles of one endpoint.
    private struct Endpoint {
        let name: String
        let admission: CoreMetrics.Timer
        let retries: Counter
        let refusedRetries: Counter
        let received: Counter
        var started: [Operation: Counter] = [:]
        var duration: [Operation: CoreMetrics.Timer] = [:]
        var ended: [EndedKey: Counter] = [:]
    }
    private let factory: any MetricsFactory
    private let endpoints = Lock<[String: Endpoint]>([:])
    private let changed: Counter
    private let unchanged: Counter
    private let decoding: CoreMetrics.Timer

    package init(_ factory: any MetricsFactory) {
        self.factory = factory
        changed = Counter(label: Self.bodies.name, dimensions: [("content", "changed")], factory: factory)
        unchanged = Counter(label: Self.bodies.name, dimensions: [("content", "unchanged")], factory: factory)
        decoding = CoreMetrics.Timer(label: Self.decoding.name, factory: factory)
    }

    func start(_ operation: Operation, at origin: String) {
        change(origin) { endpoint in
            let counter =
                endpoint.started[operation]
                ?? Counter(
                    label: Self.started.name,
                    dimensions: [("endpoint", endpoint.name), ("operation", operation.rawValue)],
                    factory: factory)
            endpoint.started[operation] = counter
            return counter
        }.increment()
    }

    /// - Parameters:
    ///   - waited: from its start until it was sent, or until it ended without.
    ///   - took: from then to its end; nil: it was not sent.
    func end(_ operation: Operation, at origin: String, _ failure: CallFailure?, waited: Duration, took: Duration?) {
        let key = EndedKey(operation: operation, outcome: Outcome(failure), reason: failure?.reason)
        let (counter, admission, duration) = change(origin) { endpoint in
            let counter =
                endpoint.ended[key]
                ?? Counter(
                    label: Self.ended.name,
                    dimensions: [
                        ("endpoint", endpoint.name), ("operation", operation.rawValue),
                        ("outcome", key.outcome.rawValue), ("reason", key.reason?.rawValue ?? "none"),
                    ], factory: factory)
            let duration =
                endpoint.duration[operation]
                ?? CoreMetrics.Timer(
                    label: Self.duration.name,
                    dimensions: [("endpoint", endpoint.name), ("operation", operation.rawValue)], factory: factory)
            endpoint.ended[key] = counter
            endpoint.duration[operation] = duration
            return (counter, endpoint.admission, duration)
        }
        counter.increment()
        admission.record(waited)
        if let took { duration.record(took) }
    }

    /// A call is about to be made that repeats one.
    package func retry(at origin: String) { change(origin) { $0.retries }.increment() }
    /// A call would have been repeated, were it not for the budget.
    package func refuseRetry(at origin: String) { change(origin) { $0.refusedRetries }.increment() }

    func receive(_ byteCount: Int, from origin: String) { change(origin) { $0.received }.increment(by: byteCount) }

    func receiveUnchanged() { unchanged.increment() }
    func receiveChanged(decodedIn duration: Duration) {
        changed.increment()
        decoding.record(duration)
    }

    // MARK: -

    private func change<Handle: Sendable>(_ origin: String, _ body: (inout Endpoint) -> Handle) -> Handle {
        endpoints.withLock { endpoints in
            let key = endpoints[origin] != nil || endpoints.count < Self.endpointLimit ? origin : "other"
            var endpoint = endpoints[key] ?? make(key)
            let handle = body(&endpoint)
            endpoints[key] = endpoint
            return handle
        }
    }
    private func make(_ origin: String) -> Endpoint {
        let name = Self.name(of: origin)
        let dimensions = [("endpoint", name)]
        return Endpoint(
            name: name,
            admission: CoreMetrics.Timer(label: Self.admission.name, dimensions: dimensions, factory: factory),
            retries: Counter(label: Self.retries.name, dimensions: dimensions, factory: factory),
            refusedRetries: Counter(label: Self.refusedRetries.name, dimensions: dimensions, factory: factory),
            received: Counter(label: Self.received.name, dimensions: dimensions, factory: factory))
    }
    /// `https://cce.cn-north-4.myhuaweicloud.com` without its scheme: the value of `endpoint`.
    package static func name(of origin: String) -> String {
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            return String(origin.dropFirst(scheme.count))
        }
        return origin
    }
}

extension UpstreamMetrics.Outcome {
    fileprivate init(_ failure: CallFailure?) {
        self =
            switch failure {
            case nil: .success
            case .some(let failure) where failure.isKeyReplaced: .unsent
            case .some(let failure) where failure.isCancelled: .cancelled
            case .some: .failure
            }
    }
}

extension CoreMetrics.Timer {
    /// What is longer than 292 years counts as that.
    fileprivate func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        recordNanoseconds(overflow ? .max : whole &+ attoseconds / 1_000_000_000)
    }
}
