import Locking
import Outbound

/// A transport that answers from a closure, for unit tests: no socket, no thread.
///
/// It counts calls and keeps the requests it was given. `hold` keeps the next calls waiting until `release`, so that
/// a test can look at what is in flight; a held call that is cancelled throws `.cancelled`.
package final class ScriptedTransport: HTTPTransport {
    /// `number` counts calls from 1, in the order in which they arrived.
    package typealias Script =
        @Sendable (
            _ request: OutboundRequest, _ number: Int
        ) async throws(TransportError) -> OutboundResponse

    private struct State {
        var requests: [OutboundRequest] = []
        var calls = 0
        var inFlight = 0
        var peak = 0
        var isHolding = false
        var held: [Int: CheckedContinuation<Bool, Never>] = [:]
        var cancelled: Set<Int> = []
        var watchers: [(isDone: @Sendable (Int, Int) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        /// Takes out the watchers that have seen what they wait for.
        mutating func satisfied() -> [CheckedContinuation<Void, Never>] {
            let done = watchers.filter { $0.isDone(calls, inFlight) }
            if !done.isEmpty { watchers.removeAll { $0.isDone(calls, inFlight) } }
            return done.map(\.continuation)
        }
    }
    private let script: Script
    private let state = Lock(State())

    package init(_ script: @escaping Script) { self.script = script }
    /// Answers every call alike.
    package convenience init(status: Int = 200, fields: [HTTPField] = [], body: String) {
        let response = OutboundResponse(status: status, fields: fields, body: ResponseBody(body.utf8))
        self.init { _, _ throws(TransportError) in response }
    }

    /// Calls so far, those in flight included.
    package var calls: Int { state.withLock { $0.calls } }
    package var inFlight: Int { state.withLock { $0.inFlight } }
    /// The most that ever were in flight at once.
    package var peak: Int { state.withLock { $0.peak } }
    package var requests: [OutboundRequest] { state.withLock { $0.requests } }

    /// Calls that arrive from now on wait.
    package func hold() { state.withLock { $0.isHolding = true } }
    /// Lets go all that wait, and holds no more.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [:] }
            state.isHolding = false
            return state.held.values.map { $0 }
        }
        for continuation in held { continuation.resume(returning: true) }
    }
    /// Returns when so many calls have arrived.
    package func waitForCalls(_ count: Int) async { await wait { calls, _ in calls >= count } }
    /// Returns when so many calls are in flight.
    package func waitForInFlight(_ count: Int) async { await wait { _, inFlight in inFlight == count } }

    package func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        guard !Task.isCancelled else { throw TransportError(.cancelled) }
        let request = try makeRequest()
        let number = change { state in
            state.requests.append(request)
            state.calls += 1
            state.inFlight += 1
            state.peak = max(state.peak, state.inFlight)
            return state.calls
        }
        defer { change { $0.inFlight -= 1 } }
        guard await passes(number) else { throw TransportError(.cancelled) }
        return try await script(request, number)
    }

    // MARK: -

    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, satisfied) = state.withLock { state in
            let result = body(&state)
            return (result, state.satisfied())
        }
        for continuation in satisfied { continuation.resume() }
        return result
    }
    private func wait(_ isDone: @escaping @Sendable (Int, Int) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if isDone(state.calls, state.inFlight) { return true }
                state.watchers.append((isDone, continuation))
                return false
            }
            if isOver { continuation.resume() }
        }
    }
    /// False when the task was cancelled while held.
    private func passes(_ number: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return false }
                    guard state.isHolding else { return true }
                    state.held[number] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let held = state.held.removeValue(forKey: number)
                if held == nil { state.cancelled.insert(number) }
                return held
            }
            continuation?.resume(returning: false)
        }
    }
}
