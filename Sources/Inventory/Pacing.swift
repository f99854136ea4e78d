/// The pauses between calls, each with its share of chance, so that clusters neither align nor come back as a herd.
struct Pacing: Sendable {
    let refreshInterval: Duration
    let minRefreshInterval: Duration

    /// However small `minRefreshInterval` is: a failure is shared for a second, or a herd of readers retries for us.
    static let failureFloor: Duration = .seconds(1)
    /// A cloud that asks for more gets this much; a slip of a header does not blind us for an hour.
    static let retryAfterCap: Duration = .seconds(300)
    static let retryPause: Duration = .milliseconds(200)

    /// How many background calls after a change come sooner, each after twice the pause of the one before.
    static let soonerCalls = 2

    /// From a success to the next background call. The first one spreads the clusters that all loaded at start. Where
    /// something has changed more is to come, so the next calls follow after a quarter and after half of the interval.
    ///
    /// - Parameter sooner: how many of these are left.
    func afterSuccess(isFirst: Bool, sooner: Int, using random: inout some RandomNumberGenerator) -> Duration {
        if isFirst { return refreshInterval * Double.random(in: 0.1...1, using: &random) }
        let pause = refreshInterval / (1 << min(max(sooner, 0), Self.soonerCalls))
        return max(minRefreshInterval, pause * Double.random(in: 0.9...1.1, using: &random))
    }

    /// From the `count`-th failure in a row to the next background call: full jitter over a window that doubles from a
    /// quarter of the interval to twice the interval, so that on average a dead cluster is asked no more often than a
    /// live one.
    func afterFailure(
        count: Int, retryAfter: Duration?, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let window = min(refreshInterval * 2, refreshInterval / 4 * (1 << min(max(count - 1, 0), 8)))
        return onDemandAfterFailure(retryAfter: retryAfter) + window * Double.random(in: 0...1, using: &random)
    }

    /// From a failure to the first call that a reader may cause.
    func onDemandAfterFailure(retryAfter: Duration?) -> Duration {
        max(minRefreshInterval, Self.failureFloor, min(retryAfter ?? .zero, Self.retryAfterCap))
    }

    /// Before attempt `next` (2 is the first retry) in place: full jitter.
    static func beforeRetry(_ next: Int, using random: inout some RandomNumberGenerator) -> Duration {
        retryPause * (1 << min(max(next - 2, 0), 4)) * Double.random(in: 0...1, using: &random)
    }
}
