import Glibc
import Locking

/// Notices that the process stood still: stopped by a signal, with its machine suspended, or without processor time.
///
/// What ended meanwhile, because its time was over or its peer had gone, tells nothing of that peer: the process was not
/// there to see. So whoever judges by failures takes the count when it begins and compares when it has ended.
package final class Standstills: Sendable {
    /// Of this process; its thread ends with it.
    package static let shared = {
        let standstills = Standstills()
        standstills.isWatching = OwnThread.start(named: "heartbeat") { standstills.beatForEver() }
        return standstills
    }()

    private let pulse = Lock(Pulse())
    // Counts on while the machine is suspended (`CLOCK_BOOTTIME`).
    private let begin = ContinuousClock.now
    // Written once, before anybody else knows of the object.
    private nonisolated(unsafe) var isWatching = false

    /// How often it stood still so far, also while nobody has noticed it but who asks. Any thread; some 50 ns.
    package var count: Int { isWatching ? beat() : 0 }

    private func beat() -> Int {
        pulse.withLock { $0.beat(at: begin.duration(to: .now)) }
    }
    private func beatForEver() {
        while true {
            poll(nil, 0, 200)
            _ = beat()
        }
    }
}

/// Beats that come late.
struct Pulse: Sendable {
    /// Five beats long: no thread that is ready waits so long for a processor, but where there is next to none.
    static let patience: Duration = .seconds(1)
    private var last: Duration?
    private(set) var count = 0

    mutating func beat(at now: Duration) -> Int {
        if let last, now - last > Self.patience { count += 1 }
        last = max(now, last ?? now)
        return count
    }
}
