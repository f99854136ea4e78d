import Locking

/// Says once that a stream has more to send; wakes the connection that sleeps for it, whichever comes first.
package final class BodySignal: Sendable {
    private enum State {
        case quiet
        case awaited(@Sendable () -> Void)
        case given
    }
    private let state = Lock(State.quiet)

    package init() {}

    /// From any thread, any number of times.
    package func give() {
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            defer { state = .given }
            if case .awaited(let action) = state { return action }
            return nil
        }
        action?()
    }

    /// Runs `action` when the signal is given, now if it has been. Once.
    package func whenGiven(_ action: @escaping @Sendable () -> Void) {
        let isGiven = state.withLock { state -> Bool in
            if case .given = state { return true }
            state = .awaited(action)
            return false
        }
        if isGiven { action() }
    }
}
