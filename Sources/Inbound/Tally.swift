import Locking

/// What a server holds at one moment. All are zero again when it has stopped.
package struct ServerCounts: Sendable, Equatable {
    package var connections = 0
    /// Connections that libmicrohttpd has set aside, waiting for an answer or for more of a stream.
    package var suspended = 0
    /// Of those, how many no task has taken up yet.
    package var queued = 0
    /// Requests with a whole head whose answer is not sent to its end.
    package var inFlight = 0
    /// Bytes of bodies that are being sent; shared ones count once.
    package var bodyBytes = 0

    package init() {}
}

/// The counts of one server, and who waits for them.
final class Tally: Sendable {
    private struct Waiter {
        let condition: @Sendable (ServerCounts) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var counts = ServerCounts()
        /// Requests with a whole head, since the start.
        var received = 0
        /// From then on nothing may be suspended: the daemon must not be stopped over a suspended connection.
        var isStopping = false
        var waiters: [Int: Waiter] = [:]
        var nextID = 0
    }
    private let state = Lock(State())

    var counts: ServerCounts { state.withLock { $0.counts } }
    var received: Int { state.withLock { $0.received } }
    var isStopping: Bool { state.withLock { $0.isStopping } }

    func change(_ body: (inout ServerCounts) -> Void) {
        update { body(&$0.counts) }
    }
    /// A request is in flight from now on.
    func begin() {
        update { state in
            state.counts.inFlight += 1
            state.received += 1
        }
    }
    /// False when stopping or when `limit` connections are suspended already; else one more is counted.
    func reserveSuspension(limit: Int, queues: Bool) -> Bool {
        update { state in
            guard !state.isStopping, state.counts.suspended < limit else { return false }
            // A request is queued at once as well: nobody may see it suspended and believe that a task has it.
            state.counts.suspended += 1
            if queues { state.counts.queued += 1 }
            return true
        }
    }
    private func update<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, due) = state.withLock { state -> (Value, [CheckedContinuation<Void, any Error>]) in
            let value = body(&state)
            guard !state.waiters.isEmpty else { return (value, []) }
            let met = state.waiters.filter { $0.value.condition(state.counts) }
            for id in met.keys { state.waiters[id] = nil }
            return (value, met.values.map(\.continuation))
        }
        for continuation in due { continuation.resume() }
        return value
    }
    func stopSuspensions() { state.withLock { $0.isStopping = true } }

    /// As below, and deaf to cancellation: for conditions that are sure to come true soon.
    func waitRegardless(until condition: @escaping @Sendable (ServerCounts) -> Bool) async {
        _ = try? await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let isMet = state.withLock { state -> Bool in
                if condition(state.counts) { return true }
                state.nextID += 1
                state.waiters[state.nextID] = Waiter(condition: condition, continuation: continuation)
                return false
            }
            if isMet { continuation.resume() }
        }
    }
    /// Returns once `condition` holds; throws `CancellationError` when the task is cancelled first.
    func wait(until condition: @escaping @Sendable (ServerCounts) -> Bool) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isMet = state.withLock { state -> Bool in
                    if condition(state.counts) { return true }
                    state.waiters[id] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                // A cancellation before the line above found no waiter to wake.
                if isMet { continuation.resume() } else if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }
    private func cancel(_ id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
}
