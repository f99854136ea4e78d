import CCE
import GatewayTestKit
import Locking
import Logging
import Platform
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

@testable import Inventory

/// An inventory over scripted clusters and a clock that a test moves.
struct Fleet {
    let time = ManualTime()
    let lister: ScriptedLister
    let keys = Keys()
    let inventory: Inventory
    let logs = LogRecorder()

    init(
        config: InventoryConfig = InventoryConfig(), limits: CallLimits = .unpaced, seed: UInt64 = 1,
        readers: WorkPool? = nil,
        script: @escaping @Sendable (ScriptedLister.Call) -> ScriptedLister.Answer = { _ in .hang },
        standstills: @escaping @Sendable () -> Int = { 0 }
    ) {
        lister = ScriptedLister(time: time, script: script)
        let logs = logs
        inventory = Inventory(
            config: config, limits: limits, lister: lister, shower: lister, gates: CredentialGates(provider: keys),
            standstills: standstills, readers: readers,
            endpoint: { $0.region == "nowhere" ? nil : "https://cce.\($0.region).example" },
            time: time,
            random: SeededGenerator(seed: seed), logger: Logger(label: "test") { _ in RecordingHandler(recorder: logs) }
        )
    }

    /// Runs the inventory around `body`; afterwards nothing may be left of it.
    func run(_ body: () async throws -> Void) async rethrows {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await inventory.run() }
            defer { group.cancelAll() }
            try await body()
        }
        let counts = inventory.counts
        #expect(counts.waiting == 0)
        #expect(counts.groups == 0)
        #expect(counts.links == 0)
        #expect(counts.unfinished == 0)
        #expect(lister.inFlight == 0)
    }

    /// Moves the clock in steps and lets what became due happen after each.
    func pass(_ duration: Duration, step: Duration = .seconds(1), until isDone: () -> Bool = { false }) async {
        var left = duration
        while left > .zero, !isDone() {
            time.advance(by: min(step, left))
            left -= step
            await quiet()
        }
    }

    /// Waits until nothing happens any more unless the clock moves or a call is answered.
    func quiet() async {
        await eventually {
            let counts = inventory.counts
            let pausing = max(0, time.sleeping - counts.alarms)
            return counts.unfinished <= lister.hanging.count + pausing
                && counts.nextMoment.map { $0 > time.uptime } ?? true
        }
        await settle()
    }

    func state(_ id: ClusterID) -> ClusterEntry? {
        guard let snapshot = inventory.current, let index = snapshot.index(of: id) else { return nil }
        return snapshot.entries[index]
    }
    func rows(_ id: ClusterID) -> [String]? { state(id)?.part?.rows.map(\.name) }
    func reason(_ id: ClusterID) -> Reason? { state(id)?.standing.lastFailure?.reason }
    func hanging(_ id: ClusterID) -> ScriptedLister.Call? { lister.hanging.first { $0.cluster == id } }
}

/// Lets other tasks run until `isTrue`. The bound is there for a test that hangs, not for its timing. Many turns lie
/// between two looks: a look that takes the inventory's lock at every turn can keep it from whom it waits for.
func eventually(
    _ isTrue: () -> Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) async {
    let end = SystemTime().uptime + .seconds(60)
    while SystemTime().uptime < end {
        if isTrue() { return }
        await settle()
    }
    Issue.record(comment ?? "did not become true", sourceLocation: sourceLocation)
}

/// Gives every task that can run many turns.
func settle() async { for _ in 0..<60 { await Task.yield() } }

func id(_ number: Int) -> ClusterID { ClusterID("c-\(1000 + number)") ?? ClusterID("c")! }

func cluster(
    _ number: Int, region: String = "r1", credential: String = "prod", skip: Reason? = nil, name: String? = nil,
    labels: [String: String] = [:]
) -> Cluster {
    Cluster(
        id: id(number), name: name ?? "cluster-\(number)", region: region, projectID: "p", labels: labels,
        credential: credential, skip: skip)
}
func clusters(_ count: Int) -> [Cluster] { (0..<count).map { cluster($0) } }

func row(_ name: String, values: HeavyFields.Field = .absent) -> Release {
    Release(namespace: "default", name: name, version: 1, status: "DEPLOYED", heavy: HeavyFields(values: values))
}

extension CallLimits {
    /// Any number of calls a second.
    static var unpaced: CallLimits {
        var limits = CallLimits()
        limits.maxCallsPerSecond = 0
        return limits
    }
}

extension CallFailure {
    static let timedOut = CallFailure(.timeout, detail: "test")
    static let reset = CallFailure(.cut, detail: "test")
    static let broken = CallFailure(.unavailable, status: 503, detail: "test")
    static let unauthorized = CallFailure(.unauthorized, status: 401, detail: "test")
    static let clockSkew = CallFailure(.clockSkew, status: 401, detail: "test", clockOffset: .seconds(1200))
    static let forbidden = CallFailure(.forbidden, status: 403, detail: "test")
    static let keyReplaced = CallFailure(.keyReplaced, detail: "test")
    static let notFound = CallFailure(.notFound, status: 404, detail: "test")
}

/// Keys by name; every name has one unless a test takes it away.
final class Keys: CredentialProvider {
    private let replaced = Lock<[String: Credential]>([:])
    private let unknown = Lock<Set<String>>([])
    func replace(_ name: String, accessKey: String, secret: String) {
        replace(name, with: Credential(accessKey: accessKey, secretKey: Secret(Array(secret.utf8))))
    }
    func replace(_ name: String, with key: Credential) { replaced.withLock { $0[name] = key } }
    func remove(_ name: String) { unknown.withLock { _ = $0.insert(name) } }
    func credential(named name: String) -> Credential? {
        if unknown.withLock({ $0.contains(name) }) { return nil }
        return replaced.withLock { $0[name] }
            ?? Credential(accessKey: "AKEXAMPLE-\(name)", secretKey: Secret(Array("not a secret".utf8)))
    }
}

final class LogRecorder: Sendable {
    private let lines = Lock<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    /// `level message`.
    var all: [String] { lines.withLock { $0 } }
}

struct RecordingHandler: LogHandler {
    let recorder: LogRecorder
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { recorder.add("\(event.level) \(event.message)") }
}
