import Locking

/// The queue in front of libcurl: holds `Admission` under a lock and the tasks that wait in it.
final class AdmissionQueue: Sendable {
    private let state: Lock<Admission<Handoff<Void>>>
    private let budget: ByteBudget
    /// Wakes the curl thread, which calls `advance` when memory becomes free.
    private let waker: Waker

    init(limits: Admission<Handoff<Void>>.Limits, budget: ByteBudget, waker: Waker) {
        state = Lock(Admission(limits: limits))
        self.budget = budget
        self.waker = waker
    }

    /// Returns with a slot taken, which `leave` gives back. Waits as long as it takes.
    func enter(_ origin: String) async throws(TransportError) {
        guard !Task.isCancelled else { throw TransportError(.cancelled) }
        let seat = Handoff<Void>()
        let isFull = budget.isFull
        switch state.withLock({ $0.enter(seat, origin: origin, isFull: isFull) }) {
        case .admitted:
            return
        case .overloaded:
            throw TransportError(.overloaded, detail: "the queue for outbound calls is full")
        case .stopped:
            throw TransportError(.stopped)
        case .queued(let number):
            waker.wake()
            let outcome = await seat.wait { [self] in
                // When admission settled the seat first, the task goes on with its slot and notices by itself.
                if seat.settle(.failure(TransportError(.cancelled))) {
                    _ = state.withLock { $0.withdraw(number, origin: origin) }
                }
            }
            try outcome.get()
        }
    }

    /// Gives a slot back and lets others in. From any thread.
    func leave(_ origin: String) {
        state.withLock { $0.leave(origin: origin) }
        advance()
    }

    /// Lets in whoever may go now. From any thread.
    func advance() {
        var lost: [String] = []
        repeat {
            let isFull = budget.isFull
            let leaving = lost
            let admitted = state.withLock { state in
                for origin in leaving { state.leave(origin: origin) }
                return state.admitNext(isFull: isFull)
            }
            // A seat cancelled just now refuses its slot: somebody else gets it.
            lost = admitted.filter { !$0.waiter.settle(.success(())) }.map(\.origin)
        } while !lost.isEmpty
    }

    var counts: (queued: Int, running: Int) { state.withLock { ($0.queued, $0.running) } }

    /// Turns everybody away, now and later.
    func stop() {
        for seat in state.withLock({ $0.stop() }) { seat.settle(.failure(TransportError(.stopped))) }
    }
}
