import CPlatform
import Glibc

/// One timer of the kernel's by `CLOCK_BOOTTIME`, which counts on while the machine is suspended (timerfd_create(2)).
package final class KernelTimer: Sendable {
    private let descriptor: Int32

    /// Nil when the process has no file descriptor left.
    package init?() {
        descriptor = timerfd_create(clockid_t(CLOCK_BOOTTIME), Int32(TFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
    }
    deinit { close(descriptor) }

    /// Rings when the clock reaches `moment`, at once when that is past, instead of when it was to. From any thread.
    package func set(_ moment: Duration) {
        // What is later than in some hundred years rings then.
        let (seconds, attoseconds) = min(max(moment, .nanoseconds(1)), .seconds(1 << 32)).components
        // Rounded up: it must not ring before its time. Zero would take the timer back.
        let nanoseconds = (attoseconds + 999_999_999) / 1_000_000_000
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(seconds + nanoseconds / 1_000_000_000)
        setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    /// Returns when it has rung since the last time; now and then for nothing. Blocks the thread.
    package func wait() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
