/// When a credential is fetched again. Plain data; times are `TimeSource.uptime`.
package struct RenewalPlan: Sendable, Equatable {
    /// A part of the lifetime at random between these, so that many credentials, and replicas, do not come together.
    package static let share = 0.60...0.75
    package static let firstPause = Duration.seconds(1)
    package static let longestPause = Duration.seconds(60)
    /// Not sooner after an attempt, whoever asks.
    package static let demandInterval = Duration.seconds(30)

    /// Nil: nothing is due until somebody asks.
    package private(set) var nextAttempt: Duration?
    /// Nil: nothing is held, or it has no end.
    package private(set) var expiry: Duration?
    package private(set) var failuresInRow = 0
    private var lastAttempt: Duration?

    /// The first attempt is due at once.
    package init(now: Duration) { nextAttempt = now }

    /// - Parameters:
    ///   - lifetime: what is left of it; nil: it has no end.
    ///   - random: 0..<1
    package mutating func succeed(lifetime: Duration?, now: Duration, random: Double) {
        failuresInRow = 0
        lastAttempt = now
        expiry = lifetime.map { now + $0 }
        nextAttempt = lifetime.map { lifetime in
            let part = Self.share.lowerBound + (Self.share.upperBound - Self.share.lowerBound) * random
            return now + max(lifetime * part, Self.firstPause)
        }
    }
    /// Twice as late each time, the half of it at random.
    package mutating func fail(now: Duration, random: Double) {
        failuresInRow += 1
        lastAttempt = now
        let window = min(Self.longestPause, Self.firstPause * (1 << min(failuresInRow - 1, 10)))
        nextAttempt = now + window * (0.5 + random / 2)
    }
    /// There is no reason left to wait.
    package mutating func hurry(now: Duration) { nextAttempt = min(nextAttempt ?? now, now) }
    /// The cloud refuses what is held, or a file says that somebody else is to be asked.
    package mutating func demand(now: Duration) {
        let earliest = max(now, lastAttempt.map { $0 + Self.demandInterval } ?? now)
        nextAttempt = min(nextAttempt ?? earliest, earliest)
    }
}
