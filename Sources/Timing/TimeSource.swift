import Glibc
import SwiftOverlayShims  // in release builds `timespec` is found there, and not in Glibc

/// Where the time comes from. Passed in everywhere, so that a test can move it.
///
/// Deadlines and ages are reckoned in `uptime`, which no clock adjustment moves; `wall` is for showing and signing.
package protocol TimeSource: Sendable {
    /// UTC as the system believes it to be.
    var wall: Instant { get }
    /// Time since a fixed moment, never going back. It counts on while the machine is suspended.
    var uptime: Duration { get }
    /// Returns when `uptime` has reached `deadline`, at once when it is past; throws `CancellationError` when the
    /// task is cancelled first.
    func sleep(until deadline: Duration) async throws
    /// Calls `action` once, on a thread that it must not hold up, when `uptime` has reached `deadline`, unless the alarm
    /// is taken back first; then it may still be running. Costs less than a task that sleeps. Nil: the system has
    /// nothing left to make one of.
    func alarm(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm?
}

/// What is to happen at a moment.
package struct Alarm: Sendable {
    private let takeBack: @Sendable () -> Void
    package init(takeBack: @escaping @Sendable () -> Void) { self.takeBack = takeBack }
    /// From any thread, any number of times, also when it has rung.
    package func cancel() { takeBack() }
}

extension TimeSource {
    package func sleep(for duration: Duration) async throws { try await sleep(until: uptime + duration) }
}

/// The system's clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
package struct SystemTime: TimeSource {
    package init() {}

    package var wall: Instant {
        let now = Self.read(CLOCK_REALTIME)
        return Instant(seconds: Int64(now.tv_sec), nanoseconds: Int32(now.tv_nsec))
    }
    package var uptime: Duration {
        let now = Self.read(CLOCK_BOOTTIME)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
    package func sleep(until deadline: Duration) async throws {
        if deadline <= uptime { return try Task.checkCancellation() }
        try await SleepTimer.shared.sleep(until: deadline)
    }
    package func alarm(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm? {
        SleepTimer.shared.alarm(at: deadline, action)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        let code = clock_gettime(clock, &now)
        precondition(code == 0, "clock_gettime")  // both clocks exist since Linux 2.6.39
        return now
    }
}
