import HeapModule
import Locking
import Platform

/// Wakes all who sleep by `CLOCK_BOOTTIME`, from one thread with one timer of the kernel's.
///
/// Each call to the cloud has a deadline that hardly ever comes. A sleep of the library's own makes a timer for each and
/// takes it back, on a thread of the library's; this one touches the kernel when the earliest moment changes alone.
final class SleepTimer: Sendable {
    /// Ends with the process.
    static let shared = SleepTimer()

    private struct Moment: Comparable {
        let deadline: Duration
        let sleeper: Int
        static func < (left: Moment, right: Moment) -> Bool { left.deadline < right.deadline }
    }
    private struct State {
        /// Also of sleepers that are gone; they are cleared out when they are more than the others.
        var moments = Heap<Moment>()
        var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
        var last = 0
        /// What the kernel's timer is set to.
        var armed: Duration?
        var isRunning = false
    }
    private let state = Lock(State())
    private let timer = KernelTimer()

    /// Tasks that sleep, and places in the heap.
    var counts: (sleepers: Int, moments: Int) { state.withLock { ($0.sleepers.count, $0.moments.count) } }

    /// Returns when `SystemTime.uptime` has reached `deadline`; throws `CancellationError` when the task is cancelled
    /// first. Any number of tasks.
    func sleep(until deadline: Duration) async throws {
        guard let timer, isRunning(timer) else {
            return try await ContinuousClock().sleep(for: deadline - SystemTime().uptime)
        }
        let sleeper = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    state.sleepers[sleeper] = continuation
                    state.moments.insert(Moment(deadline: deadline, sleeper: sleeper))
                    arm(timer, &state)
                }
                // Cancelled before it was stored: the handler has found nothing.
                if Task.isCancelled { cancel(sleeper) }
            }
        } onCancel: {
            cancel(sleeper)
        }
    }

    // MARK: -

    /// False when the system gives no thread; the next sleep asks again.
    private func isRunning(_ timer: KernelTimer) -> Bool {
        state.withLock { state in
            if !state.isRunning { state.isRunning = OwnThread.start(named: "timer") { [self] in run(timer) } }
            return state.isRunning
        }
    }

    private func cancel(_ sleeper: Int) {
        let continuation = state.withLock { state in
            let continuation = state.sleepers.removeValue(forKey: sleeper)
            if state.moments.count > 2 * state.sleepers.count + 64 {
                state.moments = Heap(state.moments.unordered.filter { state.sleepers[$0.sleeper] != nil })
            }
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func run(_ timer: KernelTimer) {
        while true {
            timer.wait()
            for continuation in due(timer) { continuation.resume() }
        }
    }

    /// Those whose moment has come, in order; the timer is set for the next.
    private func due(_ timer: KernelTimer) -> [CheckedContinuation<Void, any Error>] {
        let now = SystemTime().uptime
        return state.withLock { state in
            var due: [CheckedContinuation<Void, any Error>] = []
            while let next = state.moments.min, next.deadline <= now || state.sleepers[next.sleeper] == nil {
                state.moments.removeMin()
                if let continuation = state.sleepers.removeValue(forKey: next.sleeper) { due.append(continuation) }
            }
            state.armed = nil
            arm(timer, &state)
            return due
        }
    }

    /// Sets the kernel's timer when the earliest moment comes before what it is set to.
    private func arm(_ timer: KernelTimer, _ state: inout State) {
        guard let next = state.moments.min?.deadline, state.armed.map({ next < $0 }) ?? true else { return }
        state.armed = next
        timer.set(next)
    }
}
