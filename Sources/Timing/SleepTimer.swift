import HeapModule
import Locking
import Platform

/// Wakes all who sleep by `CLOCK_BOOTTIME`, and rings their alarms, from one thread with one timer of the kernel's.
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
    private enum Sleeper {
        case task(CheckedContinuation<Void, any Error>)
        case alarm(@Sendable () -> Void)

        func wake() {
            switch self {
            case .task(let continuation): continuation.resume()
            case .alarm(let action): action()
            }
        }
    }
    private struct State {
        /// Also of sleepers that are gone; they are cleared out when they are more than the others.
        var moments = Heap<Moment>()
        var sleepers: [Int: Sleeper] = [:]
        var last = 0
        /// What the kernel's timer is set to.
        var armed: Duration?
        var isRunning = false
    }
    private let state = Lock(State())
    private let timer = KernelTimer()

    /// Tasks that sleep and alarms that are set, and places in the heap.
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
                state.withLock { add(.task(continuation), as: sleeper, until: deadline, timer, &$0) }
                // Cancelled before it was stored: the handler has found nothing.
                if Task.isCancelled { cancel(sleeper) }
            }
        } onCancel: {
            cancel(sleeper)
        }
    }

    /// Calls `action` on the timer's thread when `SystemTime.uptime` has reached `deadline`, unless the alarm is taken
    /// back first. Nil when the system gives no thread or descriptor for it.
    func alarm(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm? {
        guard let timer, isRunning(timer) else { return nil }
        let sleeper = state.withLock { state in
            state.last += 1
            add(.alarm(action), as: state.last, until: deadline, timer, &state)
            return state.last
        }
        return Alarm { [self] in _ = remove(sleeper) }
    }

    // MARK: -

    private func add(
        _ sleeper: Sleeper, as number: Int, until deadline: Duration, _ timer: KernelTimer, _ state: inout State
    ) {
        state.sleepers[number] = sleeper
        state.moments.insert(Moment(deadline: deadline, sleeper: number))
        arm(timer, &state)
    }

    /// False when the system gives no thread; the next sleep asks again.
    private func isRunning(_ timer: KernelTimer) -> Bool {
        state.withLock { state in
            if !state.isRunning { state.isRunning = OwnThread.start(named: "timer") { [self] in run(timer) } }
            return state.isRunning
        }
    }

    private func cancel(_ sleeper: Int) {
        if case .task(let continuation) = remove(sleeper) { continuation.resume(throwing: CancellationError()) }
    }
    private func remove(_ sleeper: Int) -> Sleeper? {
        state.withLock { state in
            let removed = state.sleepers.removeValue(forKey: sleeper)
            if state.moments.count > 2 * state.sleepers.count + 64 {
                state.moments = Heap(state.moments.unordered.filter { state.sleepers[$0.sleeper] != nil })
            }
            return removed
        }
    }

    private func run(_ timer: KernelTimer) {
        while true {
            timer.wait()
            for sleeper in due(timer) { sleeper.wake() }
        }
    }

    /// Those whose moment has come, in order; the timer is set for the next.
    private func due(_ timer: KernelTimer) -> [Sleeper] {
        let now = SystemTime().uptime
        return state.withLock { state in
            var due: [Sleeper] = []
            while let next = state.moments.min, next.deadline <= now || state.sleepers[next.sleeper] == nil {
                state.moments.removeMin()
                if let sleeper = state.sleepers.removeValue(forKey: next.sleeper) { due.append(sleeper) }
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
