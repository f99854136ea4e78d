import Locking

/// Counts the bytes of response bodies in memory: those being received, and those handed over until they are dropped.
///
/// When the budget is used up one call at a time is admitted, and transfers that would go over it are paused, which
/// the sender sees as a full TCP window. They go on as bodies are dropped. When nothing is handed over, all of it lies
/// in half-received bodies, none of which could ever become whole: then one, the favourite, is let through to its
/// end. So nothing waits for ever while owners drop what they are given, and the sum goes over the limit by at most
/// one response.
final class ByteBudget: Sendable {
    private struct State {
        var held = 0
        /// The part of `held` that belongs to callers.
        var handedOver = 0
        var favourite: ObjectIdentifier?
        /// Somebody waits for room.
        var isAwaited = false

        func hasRoom(for count: Int, limit: Int) -> Bool {
            held + count <= limit || (favourite == nil && handedOver == 0)
        }
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
            if state.favourite != transfer {
                guard state.hasRoom(for: count, limit: limit) else {
                    state.isAwaited = true
                    return false
                }
                if state.held + count > limit { state.favourite = transfer }
            }
            state.held += count
            return true
        }
    }
    /// Would so many bytes be taken now? A paused transfer is only resumed then: each vain try costs libcurl a turn.
    func hasRoom(for count: Int) -> Bool {
        state.withLock { state in
            let hasRoom = state.hasRoom(for: count, limit: limit)
            if !hasRoom { state.isAwaited = true }
            return hasRoom
        }
    }
    /// The transfer receives no more; what it has taken is its caller's.
    func handOver(_ count: Int, of transfer: ObjectIdentifier) {
        state.withLock { state in
            if state.favourite == transfer { state.favourite = nil }
            state.handedOver += count
        }
    }
    /// From any thread: a body may be dropped anywhere.
    func giveBack(_ count: Int) {
        let wakes = state.withLock { state in
            state.held -= count
            state.handedOver -= count
            guard state.isAwaited, state.held < limit || state.handedOver == 0 else { return false }
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
