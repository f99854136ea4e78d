import Locking
import ReleaseModel
import Signing
import Timing

/// A fleet of clusters that exist in memory alone, with the truth about them for tests to compare with.
///
/// `SimulatorHandler` answers for it as the cloud would. Everything may be called from any thread; what is read is
/// whole (between two steps of churn, never within one).
package final class SimulatedFleet: Sendable {
    /// What the fleet's clusters name as their credential.
    package static let credentialName = "simulated"
    /// Stands in every secret of the `values` and nowhere else: no answer of a gateway that redacts may contain it.
    package static let secretMarker = SimulatedValues.secretMarker

    package let options: SimulationOptions
    let time: any TimeSource
    let values: SimulatedValues
    private let verifier = SignatureVerifier()
    private let startUptime: Duration
    private let state: Lock<FleetState>
    private let generator: FleetGenerator

    package init(_ options: SimulationOptions = SimulationOptions(), time: any TimeSource) {
        self.options = options
        self.time = time
        startUptime = time.uptime
        values = SimulatedValues(byteCount: options.valuesBytes, seed: options.seed)
        let generator = FleetGenerator(options: options, start: Instant(seconds: time.wall.seconds))
        self.generator = generator
        state = Lock(FleetState(generator: generator))
    }

    // MARK: - The truth

    /// The account's projects; a call that names another is refused.
    package var projects: [SimulatedProject] { now { $0.projects } }
    /// The main project of the first region.
    package var projectID: String { generator.projects[0].id }
    package var allClusters: [SimulatedCluster] { now { $0.clusters.map(\.cluster) } }
    /// What is there now, in no order; empty for a cluster that does not exist.
    package func releases(of id: ClusterID) -> [SimulatedRelease] { now { $0.held(id)?.releases ?? [] } }
    /// `cluster/namespace/name` of every release of every cluster.
    package var allKeys: Set<String> {
        now { state in
            Set(state.clusters.flatMap { held in held.releases.map { "\(held.cluster.id)/\($0.key)" } })
        }
    }
    /// For `chart_id`.
    package var charts: [SimulatedChart] { generator.charts.map(\.value.chart) }
    /// Counts up with every change.
    package var generation: Int { now { $0.generation } }

    // MARK: - Changing it

    /// From now on calls with these keys are taken and no others; until then, those with the key of the options.
    package func accept(_ credentials: [Credential]) { now { $0.credentials = credentials } }
    package var accepted: [Credential] { now { $0.credentials } ?? [options.credential] }

    /// Lets the next `count` things happen: upgrades, installs and uninstalls, the same for the same seed.
    package func step(_ count: Int = 1) {
        let instant = time.wall
        now { state in
            for _ in 0..<count { state.step(generator, at: instant) }
        }
    }
    /// `Available`, `Hibernation`, `Deleting`, …: shows in the cluster list, and decides whether the cluster answers.
    package func setPhase(_ phase: String, of id: ClusterID) {
        now { $0.change(id) { $0.cluster.phase = phase } }
    }
    /// Takes all releases of a cluster away.
    package func removeReleases(of id: ClusterID) {
        now { $0.change(id) { $0.releases = [] } }
    }
    /// One cluster more, with releases, in that project.
    ///
    /// - Parameter project: nil: the first.
    @discardableResult package func addCluster(to project: SimulatedProject? = nil) -> SimulatedCluster {
        now { $0.addCluster(generator, in: project ?? generator.projects[0]) }
    }
    package func removeCluster(_ id: ClusterID) { now { $0.removeCluster(id) } }
    /// What the console shows from now on; id and name stay, as the cloud has it.
    package func rename(_ id: ClusterID, to alias: String) {
        now { $0.change(id) { $0.cluster.alias = alias } }
    }
    /// One project more, without clusters.
    @discardableResult package func addProject(in region: String) -> SimulatedProject {
        now { $0.addProject(in: region, seed: options.seed) }
    }
    /// With its clusters.
    package func removeProject(_ id: String) { now { $0.removeProject(id) } }

    // MARK: - Faults and counts

    /// Spoils the answers of the target from now on, or to its next `count` calls. A fault takes the place of the one
    /// before; only `latency` and `clockSkew` go together with others and last until they are cleared.
    package func setFault(_ fault: SimulatedFault, on target: FaultTarget, forCalls count: Int? = nil) {
        now { $0.faults[target, default: FaultSet()].add(fault, forCalls: count) }
    }
    package func setFault(_ fault: SimulatedFault, on id: ClusterID, forCalls count: Int? = nil) {
        setFault(fault, on: .cluster(id), forCalls: count)
    }
    /// Of one target, or of all. Calls that hang already go on hanging.
    package func clearFaults(on target: FaultTarget? = nil) {
        now { state in
            if let target { state.faults[target] = nil } else { state.faults = [:] }
        }
    }
    /// What was asked so far.
    package var calls: SimulatedCalls { now { $0.calls } }
    /// Counts from zero again; calls in flight stay counted.
    package func resetCalls() {
        now { state in
            let inFlight = state.calls.inFlight
            state.calls = SimulatedCalls()
            (state.calls.inFlight, state.calls.peakInFlight) = (inFlight, inFlight)
        }
    }

    // MARK: - For the handler

    /// What one call meets.
    struct Call: Sendable {
        let faults: FaultSet
        let delay: Duration
        /// 32 hexadecimal digits, as the cloud's.
        let requestID: String
    }

    func begin(_ target: FaultTarget) -> Call {
        let options = options
        return now { $0.begin(target, options: options) }
    }
    func end() { now { $0.calls.inFlight -= 1 } }

    var faults: [FaultTarget: FaultSet] { now { $0.faults } }
    var snapshot: (generation: Int, clusters: [FleetState.Held]) { now { ($0.generation, $0.clusters) } }
    func held(_ id: ClusterID) -> FleetState.Held? { now { $0.held(id) } }

    /// Judges a call as the cloud's gateway does, whose clock is `skew` ahead.
    func judge(
        method: String, path: String, query: [(name: String, value: String)], fields: [(name: String, value: String)],
        skew: Duration
    ) -> KeyGuard.Judgement {
        guard options.verifiesSignatures else { return .accepted }
        let credentials = accepted
        let verdict = verifier.verify(
            method: method, path: path, query: query, fields: fields, at: time.wall + skew
        ) { key in credentials.first { $0.accessKey == key } }
        let uptime = time.uptime
        return now { state in
            let judgement = state.keyGuard.judge(verdict, uptime: uptime)
            switch judgement {
            case .accepted: break
            case .refused(let failure): state.calls.badSignatures[failure.rule, default: 0] += 1
            case .locked: state.calls.refusedByLock += 1
            }
            return judgement
        }
    }

    /// The whole release list of a cluster as JSON, rendered once for each change.
    func listBody(of held: FleetState.Held) -> [UInt8] {
        if let body = held.body { return body }
        // Rendered without the lock: large fleets have large bodies.
        let body = ReleaseRows.list(held.releases, of: held.cluster, values: values)
        now { state in
            state.change(held.cluster.id, countsAsChange: false) { current in
                if current.generation == held.generation { current.body = body }
            }
        }
        return body
    }

    /// Under the lock, after everything that churn was due to do has been done.
    private func now<Result: Sendable>(_ body: (inout FleetState) -> Result) -> Result {
        let elapsed = options.churnPerSecond > 0 ? time.uptime - startUptime : .zero
        return state.withLock { state in
            if elapsed > .zero { state.catchUp(generator, elapsed: elapsed) }
            return body(&state)
        }
    }
}

extension SignatureVerifier.Failure {
    /// A name for counting.
    fileprivate var rule: String {
        switch self {
        case .missingField(let name): "missing \(name)"
        case .malformedAuthorization: "malformed authorization"
        case .dateNotSigned: "date not signed"
        case .unknownKey: "unknown access key"
        case .malformedDate: "malformed date"
        case .clockOff: "clock off"
        case .signatureDiffers: "signature differs"
        }
    }
}
