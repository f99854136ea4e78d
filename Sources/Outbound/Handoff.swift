import Locking

/// One result for one waiting task. Completion, deadline and cancellation race; the first wins, the others learn it.
final class Handoff<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, TransportError>

    private enum State {
        case idle
        case waiting(CheckedContinuation<Outcome, Never>)
        case settled(Outcome)
        /// Delivered. The value is not kept: a body may be large.
        case delivered
    }
    private let state = Lock(State.idle)

    /// Call once. `onCancel` runs when the waiting task is cancelled, on any thread, also before the wait begins;
    /// it is expected to settle.
    func wait(onCancel: @Sendable () -> Void) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Outcome? in
                    if case .settled(let outcome) = state {
                        state = .delivered
                        return outcome
                    }
                    state = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) }  // after the lock
            }
        } onCancel: {
            onCancel()
        }
    }

    /// From any thread, any number of times. True for the one call that counts.
    @discardableResult
    func settle(_ outcome: Outcome) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
            switch state {
            case .settled, .delivered:
                return (false, nil)
            case .idle:
                state = .settled(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .delivered
                return (true, continuation)
            }
        }
        waiter?.resume(returning: outcome)  // after the lock
        return isFirst
    }

    var isSettled: Bool {
        state.withLock { state in
            switch state {
            case .settled, .delivered: true
            case .idle, .waiting: false
            }
        }
    }
}
