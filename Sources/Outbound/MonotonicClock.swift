import Glibc

/// The clock libcurl's own limits run by; not to be moved by tests.
enum MonotonicClock {
    static var now: Duration {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)  // cannot fail: the clock exists and the pointer is good
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
}

extension Duration {
    /// Rounded up, clamped to what a C `int` holds: a wait must not end before its time.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
