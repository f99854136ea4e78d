/// A token bucket for calls: `rate` a second in the long run, at most one second's worth at once.
///
/// A cold fan-out thus starts with `rate` calls at the same moment and goes on at `rate` a second; no second that
/// begins with a full bucket sees more than twice the rate. Kept as one moment (the generic cell rate algorithm), so
/// there is nothing to refill.
struct CallBucket: Equatable {
    /// Time one call pays for; zero when there is no limit.
    private let interval: Duration
    /// When the bucket is full again.
    private var fullAt: Duration = .zero

    private static let depth = Duration.seconds(1)

    /// - Parameter rate: calls a second, 0 = no limit.
    init(rate: Int) { interval = rate > 0 ? Self.depth / rate : .zero }

    /// Takes one token. Times are by `TimeSource.uptime`.
    mutating func take(now: Duration) -> Bool {
        guard interval > .zero else { return true }
        guard nextToken <= now else { return false }
        fullAt = max(fullAt, now) + interval
        return true
    }
    /// When the next token is there; in the past when it already is.
    var nextToken: Duration { fullAt + interval - Self.depth }
    func isFull(now: Duration) -> Bool { fullAt <= now }
}
