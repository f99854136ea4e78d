import CCE

/// How many calls a second may start with one credential at one endpoint: where the cloud counts them.
///
/// Each second in which calls are refused as too many lowers the rate, by a twelfth or to what got through, by half at
/// most; each good call raises it by what makes half a call a second each second, and a fiftieth at most, up to the
/// ceiling. A limit that the cloud names is kept for five minutes. What was under way when the rate was lowered says
/// nothing of the new one.
///
/// Tokens are one moment (the generic cell rate algorithm), so there is nothing to refill. Plain data; times are
/// `TimeSource.uptime`.
struct CallRate: Sendable {
    /// The longest that a `Retry-After` stops all calls.
    static let longestPause = Duration.seconds(60)
    /// How long the last refusal is remembered.
    static let memory = Duration.seconds(300)
    private static let least = 1.0 / 60
    /// Few calls say little of how many would get through.
    private static let leastMeasured = 10.0
    private static let cut = 0.92
    /// A little below what is named: windows of the cloud's and ours begin at different moments.
    private static let shareOfQuota = 0.95
    private static let epoch = Duration.seconds(1)

    /// Calls a second; nil: no limit.
    let ceiling: Double?
    /// Calls a second now; nil: no limit.
    private(set) var limit: Double?
    private var throttledSince: Duration?
    private var lastRefused: Duration?
    private var quota: Double?
    private var pausedUntil: Duration?
    /// When the limit was last lowered.
    private var lastCut: Duration?
    private var started = PerSecond()
    private var passed = PerSecond()
    /// When all tokens are there again.
    private var fullAt = Duration.zero

    /// - Parameter ceiling: calls a second, 0 = none.
    init(ceiling: Int) {
        self.ceiling = ceiling > 0 ? Double(ceiling) : nil
        limit = self.ceiling
    }

    /// When the next call may start; past when one may now.
    var nextStart: Duration { max(pausedUntil ?? .zero, limit.map { fullAt + interval($0) - depth($0) } ?? .zero) }

    /// When calls began to be refused; nil when none was for long.
    func throttledSince(now: Duration) -> Duration? {
        lastRefused.map { now - $0 <= Self.memory } ?? false ? throttledSince : nil
    }

    mutating func start(now: Duration) {
        if let limit { fullAt = max(fullAt, now) + interval(limit) }
        started.note(now)
    }

    /// A call was refused because there are too many. True when it is the first one for long.
    ///
    /// - Parameters:
    ///   - startedAt: when it was.
    ///   - told: the limit, where the answer names one.
    ///   - retryAfter: where the answer says so.
    mutating func refuse(startedAt: Duration, told: CallQuota?, retryAfter: Duration?, now: Duration) -> Bool {
        forget(now: now)
        let isFirst = throttledSince == nil
        throttledSince = throttledSince ?? now
        lastRefused = now
        if let retryAfter {
            pausedUntil = max(pausedUntil ?? .zero, now + min(retryAfter, Self.longestPause))
        }
        if let told { quota = max(Self.least, told.callsPerSecond * Self.shareOfQuota) }
        if lastCut.map({ startedAt > $0 && now - $0 >= Self.epoch }) ?? true { lower(now: now) }
        keepToQuota()
        return isFirst
    }

    /// A call got through.
    mutating func pass(startedAt: Duration, now: Duration) {
        forget(now: now)
        passed.note(now)
        guard let limit, lastCut.map({ startedAt > $0 }) ?? true else { return }
        let raised = limit + min(0.5 / limit, limit / 50)
        self.limit = min(raised, ceiling ?? raised)
        keepToQuota()
    }

    // MARK: -

    private mutating func lower(now: Duration) {
        let measured = max(started.most(now), Self.leastMeasured)
        let before = min(limit ?? measured, measured)
        // How many got through tells the limit, but not before a whole second of them has been seen.
        let known = lastCut == nil ? before : max(passed.most(now), before / 2)
        limit = max(Self.least, min(before * Self.cut, known))
        lastCut = now
        // What was saved up while calls were refused is not spent at once.
        fullAt = max(fullAt, now)
    }
    private mutating func keepToQuota() {
        guard let quota else { return }
        limit = min(limit ?? quota, quota)
    }
    private mutating func forget(now: Duration) {
        guard let lastRefused, now - lastRefused > Self.memory else { return }
        self.lastRefused = nil
        throttledSince = nil
        quota = nil
    }
    private func interval(_ limit: Double) -> Duration { .seconds(1) / limit }
    /// How much may start at once: a second's worth, so that a cold fan-out is quick, and after a refusal next to nothing.
    private func depth(_ limit: Double) -> Duration {
        max(interval(limit), throttledSince == nil ? .seconds(1) : .milliseconds(50))
    }
}

/// How many in the second that is running, and in the one before.
private struct PerSecond: Sendable {
    private var second: Int64 = 0
    private var current = 0
    private var before = 0

    mutating func note(_ now: Duration) {
        let second = now.components.seconds
        if second != self.second {
            before = second == self.second + 1 ? current : 0
            current = 0
            self.second = second
        }
        current += 1
    }
    func most(_ now: Duration) -> Double {
        switch now.components.seconds - second {
        case 0: Double(max(current, before))
        case 1: Double(current)
        default: 0
        }
    }
}
