import Locking

/// Counts the bytes of response bodies in memory: those being received, and those handed over until they are dropped.
///
/// When the budget is used up one call at a time is admitted, and transfers that would go over it are paused, which
/// the sender sees as a full TCP window. One transfer, the favourite, is always let through to its end: so
/// nothing waits for ever, and the sum goes over the limit by at most one response.
final class ByteBudget: Sendable {
    private struct State {
        var held = 0
        var favourite: ObjectIdentifier?
        var isAwaited = false
    }
    private let limit: Int
    private let state = Lock(State())
    private let waker: Waker

    init(limit: Int, waker: Waker) {
        self.limit = limit
        self.waker = waker
    }
    var held: Int { state.withLock { $0.held } }
    /// Nothing more should be begun. Whoever asks and hears yes is woken when it changes.
    var isFull: Bool {
        state.withLock { state in
            let isFull = state.held >= limit
            if isFull { state.isAwaited = true }
            return isFull
        }
    }

    /// False when the transfer must pause.
    func take(_ count: Int, for transfer: ObjectIdentifier) -> Bool {
        state.withLock { state in
            if state.held + count > limit {
                guard state.favourite == nil || state.favourite == transfer else {
                    state.isAwaited = true
                    return false
                }
                state.favourite = transfer
            }
            state.held += count
            return true
        }
    }
    /// The transfer receives no more; its bytes stay counted until given back.
    func finish(_ transfer: ObjectIdentifier) {
        state.withLock { if $0.favourite == transfer { $0.favourite = nil } }
    }
    /// A paused transfer could go on.
    var canResume: Bool { state.withLock { $0.held < limit || $0.favourite == nil } }

    /// From any thread: a body may be dropped anywhere.
    func giveBack(_ count: Int) {
        let wakes = state.withLock { state in
            state.held -= count
            guard state.isAwaited, state.held < limit else { return false }
            state.isAwaited = false
            return true
        }
        if wakes { waker.wake() }
    }
}

/// Keeps the bytes of a body counted for as long as the body lives.
final class BodyLease: Sendable {
    private let count: Int
    private let budget: ByteBudget
    init(_ count: Int, of budget: ByteBudget) {
        self.count = count
        self.budget = budget
    }
    deinit { budget.giveBack(count) }
}
