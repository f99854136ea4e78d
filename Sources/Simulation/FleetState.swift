import ReleaseModel
import Signing
import Timing

/// Everything about the fleet that changes. Plain data; `SimulatedFleet` holds the lock.
struct FleetState: Sendable {
    struct Held: Sendable {
        var cluster: SimulatedCluster
        var releases: [SimulatedRelease]
        /// Keys of releases that the next step in this cluster settles.
        var moving: Set<String> = []
        /// Counts up with every change of this cluster.
        var generation = 0
        /// The whole list rendered; nil since the last change.
        var body: [UInt8]?
    }

    private(set) var clusters: [Held]
    /// No project has ever had the id of another.
    private(set) var projects: [SimulatedProject]
    private var projectsMade: Int
    private var positions: [ClusterID: Int] = [:]
    private var nextNumber: Int
    private(set) var generation = 0
    private var stepsDone = 0
    private var stepsByTime = 0
    var faults: [FaultTarget: FaultSet] = [:]
    var calls = SimulatedCalls()
    var keyGuard = KeyGuard()
    /// Whose calls are taken; nil: those of the account in the options.
    var credentials: [Credential]?
    private var random: SplitMix64

    init(generator: FleetGenerator) {
        projects = generator.projects
        projectsMade = generator.projects.count
        let perProject = max(0, generator.options.clusters)
        nextNumber = perProject * generator.projects.count
        clusters = generator.projects.enumerated().flatMap { place, project in
            (place * perProject..<(place + 1) * perProject).map { number in
                Held(
                    cluster: generator.cluster(number: number, in: project),
                    releases: generator.releases(ofCluster: number))
            }
        }
        random = SplitMix64(seed: generator.options.seed, stream: 0xCA11)
        index()
    }

    func held(_ id: ClusterID) -> Held? { positions[id].map { clusters[$0] } }

    mutating func change(_ id: ClusterID, countsAsChange: Bool = true, _ body: (inout Held) -> Void) {
        guard let position = positions[id] else { return }
        body(&clusters[position])
        if countsAsChange { touch(position) }
    }
    mutating func addCluster(_ generator: FleetGenerator, in project: SimulatedProject) -> SimulatedCluster {
        let cluster = generator.cluster(number: nextNumber, in: project)
        clusters.append(Held(cluster: cluster, releases: generator.releases(ofCluster: nextNumber)))
        nextNumber += 1
        generation += 1
        index()
        return cluster
    }
    mutating func removeCluster(_ id: ClusterID) {
        clusters.removeAll { $0.cluster.id == id }
        generation += 1
        index()
    }

    mutating func addProject(in region: String, seed: UInt64) -> SimulatedProject {
        let number = projects.count { $0.region == region }
        let project = SimulatedProject(
            of: region, number: number, id: FleetGenerator.projectID(projectsMade, seed: seed))
        projectsMade += 1
        projects.append(project)
        generation += 1
        return project
    }
    /// With its clusters.
    mutating func removeProject(_ id: String) {
        projects.removeAll { $0.id == id }
        clusters.removeAll { $0.cluster.projectID == id }
        generation += 1
        index()
    }

    mutating func step(_ generator: FleetGenerator, at instant: Instant) {
        if let position = generator.step(stepsDone, on: &clusters, at: instant) { touch(position) }
        stepsDone += 1
    }
    /// Does what was due by now, at most 100,000 steps at once; a longer sleep leaves the rest out.
    mutating func catchUp(_ generator: FleetGenerator, elapsed: Duration) {
        let perSecond = generator.options.churnPerSecond
        let (seconds, attoseconds) = elapsed.components
        let due = Int(min((Double(seconds) + Double(attoseconds) / 1e18) * perSecond, 1e15))
        if due - stepsByTime > 100_000 { stepsByTime = due - 100_000 }
        while stepsByTime < due {
            stepsByTime += 1
            let milliseconds = Int64(Double(stepsByTime) / perSecond * 1000)
            step(generator, at: generator.start + .milliseconds(milliseconds))
        }
    }

    /// Counts a call and says what it meets.
    mutating func begin(_ target: FaultTarget, options: SimulationOptions) -> SimulatedFleet.Call {
        calls.inFlight += 1
        calls.peakInFlight = max(calls.peakInFlight, calls.inFlight)
        var source = target
        switch target {
        case .cluster(let id):
            if positions[id] != nil { calls.perCluster[id, default: 0] += 1 }
            if faults[target] == nil { source = .everyCluster }
        case .everyCluster: break
        case .clusterList: calls.clusterLists += 1
        case .projects: calls.projectLookups += 1
        }
        let met = faults[source]?.take() ?? FaultSet()
        if faults[source]?.isEmpty == true { faults[source] = nil }
        // A Pareto tail of shape 2: P(extra > x) = 1 / (1 + x / scale)².
        let tail = min(1 / (1 - random.unit()).squareRoot() - 1, 60)
        let delay = options.latency + options.latencyTail * tail + met.latency
        return SimulatedFleet.Call(faults: met, delay: delay, requestID: random.digits(32))
    }

    // MARK: -

    private mutating func touch(_ position: Int) {
        clusters[position].generation += 1
        clusters[position].body = nil
        generation += 1
    }
    private mutating func index() {
        positions = [:]
        for (position, held) in clusters.enumerated() { positions[held.cluster.id] = position }
    }
}
