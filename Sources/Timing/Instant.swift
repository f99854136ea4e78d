/// A point in UTC, to the nanosecond; leap seconds are not counted.
///
/// Years 1 through 9999, what RFC 3339 can write: the cloud's "zero time" of year 1 fits. There is no other instant, so
/// printing and differences cannot trap.
package struct Instant: Hashable, Comparable, Sendable {
    /// Whole seconds since 1970-01-01T00:00:00Z, negative before.
    package let seconds: Int64
    /// 0 ..< 1,000,000,000, always counted forwards from `seconds`.
    package let nanoseconds: Int32

    /// What lies outside the years or the second stops at its end.
    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = min(max(seconds, Self.earliest), Self.latest)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }
    /// Nil outside the years 1 through 9999.
    init?(exactly seconds: Int64, nanoseconds: Int32) {
        guard (Self.earliest...Self.latest).contains(seconds) else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.seconds != right.seconds ? left.seconds < right.seconds : left.nanoseconds < right.nanoseconds
    }

    /// Sums that leave the years 1 through 9999 stop at their ends.
    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (whole, attoseconds) = duration.components
        var nanoseconds = Int64(instant.nanoseconds) + attoseconds / 1_000_000_000
        var (seconds, overflow) = instant.seconds.addingReportingOverflow(whole)
        if overflow { seconds = whole > 0 ? .max : .min }
        if nanoseconds < 0 {
            nanoseconds += 1_000_000_000
            seconds = seconds > .min ? seconds - 1 : seconds
        } else if nanoseconds >= 1_000_000_000 {
            nanoseconds -= 1_000_000_000
            seconds = seconds < .max ? seconds + 1 : seconds
        }
        return Instant(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }
    package static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }
    package static func - (left: Instant, right: Instant) -> Duration {
        .seconds(left.seconds - right.seconds) + .nanoseconds(Int64(left.nanoseconds) - Int64(right.nanoseconds))
    }

    private static let earliest: Int64 = -62_135_596_800  // 0001-01-01T00:00:00Z
    private static let latest: Int64 = 253_402_300_799  // 9999-12-31T23:59:59Z
}
