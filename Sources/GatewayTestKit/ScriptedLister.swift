import CCE
import JSON
import Locking
import ReleaseModel
import Timing

/// A `ReleaseLister` and `ReleaseShower` whose answers a test decides: at once by a script, or one by one by hand.
package final class ScriptedLister: ReleaseLister, ReleaseShower {
    package struct Call: Sendable, Equatable {
        /// Counts from 0 over all calls.
        package let number: Int
        package let cluster: ClusterID
        package let chartID: String?
        package let timeout: Duration
        package let bodyHash: TextHash?
        package let sentAt: Instant
        package let sentUptime: Duration
        /// Of a single release: `namespace/name`.
        package let release: String?
    }
    package enum Answer: Sendable {
        case releases([Release])
        case part(ClusterPart)
        case failure(CallFailure)
        /// No answer until `answer` gives one or the task is cancelled.
        case hang
    }
    private struct State {
        var script: @Sendable (Call) -> Answer
        var calls: [Call] = []
        var hanging: [Int: CheckedContinuation<Answer, Never>] = [:]
        var offered: [Int: ClusterPart] = [:]
        var peak = 0
        var inFlight = 0
    }
    private let time: any TimeSource
    private let state: Lock<State>

    package init(time: any TimeSource, script: @escaping @Sendable (Call) -> Answer = { _ in .hang }) {
        self.time = time
        state = Lock(State(script: script))
    }

    /// All calls so far, in the order they were sent.
    package var calls: [Call] { state.withLock { $0.calls } }
    package func calls(to cluster: ClusterID) -> [Call] { calls.filter { $0.cluster == cluster } }
    package var inFlight: Int { state.withLock { $0.inFlight } }
    /// The most calls that ever ran at once.
    package var peakInFlight: Int { state.withLock { $0.peak } }
    /// Calls that hang, oldest first.
    package var hanging: [Call] {
        state.withLock { state in state.hanging.keys.sorted().map { state.calls[$0] } }
    }

    /// The part that the caller held when the call's answer came.
    package func offered(with call: Call) -> ClusterPart? { state.withLock { $0.offered[call.number] } }

    /// Answers of calls from now on.
    package func respond(_ script: @escaping @Sendable (Call) -> Answer) { state.withLock { $0.script = script } }

    /// Answers a hanging call; false when it does not hang (any more).
    @discardableResult
    package func answer(_ call: Call, _ answer: Answer) -> Bool {
        let continuation = state.withLock { $0.hanging.removeValue(forKey: call.number) }
        continuation?.resume(returning: answer)
        return continuation != nil
    }

    // MARK: - ReleaseLister

    package func listReleases(
        of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?
    ) async throws(CallFailure) -> UnreadReleases {
        let (call, answer) = await send(target, chartID, timeout, bodyHash, release: nil)
        let part: ClusterPart
        switch answer {
        case .releases(let rows): part = .scripted(rows)
        case .part(let given): part = given
        case .failure(let failure): throw failure
        case .hang: throw Self.cancelled
        }
        return UnreadReleases { previous in
            let held = previous()
            self.state.withLock { $0.offered[call.number] = held }
            // Equal content stands for equal bodies.
            let hash = TextHash(standingFor: part)
            return ListedReleases(
                content: bodyHash == hash ? .unchanged : .part(part), bodyHash: hash, sentAt: call.sentAt,
                sentUptime: call.sentUptime)
        }
    }

    package func release(
        of target: CallTarget, namespace: String, name: String, timeout: Duration
    ) async throws(CallFailure) -> Release {
        let (_, answer) = await send(target, nil, timeout, nil, release: "\(namespace)/\(name)")
        let rows: [Release]
        switch answer {
        case .releases(let given): rows = given
        case .part(let part): rows = part.rows.map(\.release)
        case .failure(let failure): throw failure
        case .hang: throw Self.cancelled
        }
        guard let row = rows.first(where: { $0.namespace == namespace && $0.name == name }) else {
            throw CallFailure(.notFound, status: 404, detail: "no such release")
        }
        return row
    }

    // MARK: -

    private static let cancelled = CallFailure(.cancelled, detail: "cancelled")

    private func send(
        _ target: CallTarget, _ chartID: String?, _ timeout: Duration, _ bodyHash: TextHash?, release: String?
    ) async -> (Call, Answer) {
        let (sentAt, sentUptime) = (time.wall, time.uptime)
        let (call, scripted) = state.withLock { state in
            let call = Call(
                number: state.calls.count, cluster: target.cluster.id, chartID: chartID, timeout: timeout,
                bodyHash: bodyHash, sentAt: sentAt, sentUptime: sentUptime, release: release)
            state.calls.append(call)
            state.inFlight += 1
            state.peak = max(state.peak, state.inFlight)
            return (call, state.script(call))
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        guard case .hang = scripted else { return (call, scripted) }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let isCancelled = state.withLock { state in
                    if !Task.isCancelled { state.hanging[call.number] = continuation }
                    return Task.isCancelled
                }
                if isCancelled { continuation.resume(returning: .failure(Self.cancelled)) }
            }
        } onCancel: {
            self.answer(call, .failure(Self.cancelled))
        }
        return (call, answer)
    }
}

extension ClusterPart {
    /// A part of rows made up by a test: sorted, with hashes that are equal for equal rows within one process.
    package static func scripted(_ rows: [Release]) -> ClusterPart {
        let sorted = rows.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        var words: (UInt64, UInt64) = (14_695_981_039_346_656_037, 1)
        let hashes = sorted.map { row in
            "\(row)".utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        }
        for hash in hashes {
            words.0 = (words.0 ^ hash) &* 1_099_511_628_211
            words.1 = (words.1 &+ hash) &* 31
        }
        return ClusterPart(
            rows: sorted, rowHashes: hashes,
            contentHash: ContentHash(words: (words.0, words.1, UInt64(sorted.count), 7)), dropped: 0, repaired: 0)
    }
}

extension TextHash {
    /// What a `ScriptedLister` gives as the hash of the body that brought the part.
    package init(standingFor part: ClusterPart) {
        self.init(low: part.contentHash.words.0, high: part.contentHash.words.1)
    }
}
