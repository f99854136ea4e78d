import Timing

/// Which moments are taken by background calls to come, so that never two fall together.
///
/// Chance alone does not spread 2,000 clusters: now and then it brings four times the mean into a tenth of a second,
/// and after an outage all of them are due within one short window. Here each call has a moment of its own on a grid,
/// half again as many moments as the interval needs calls. So the calls of any window of time are at most 1.5 times the
/// mean, and one more, however many clusters want to be asked sooner; those are asked as soon as there is room.
/// The grid begins at random, so that the grids of replicas differ.
///
/// Plain data; times are `TimeSource.uptime`.
struct RefreshCalendar: Sendable {
    /// Few clusters need no wider grid: after an outage a hundred of them are all asked within five seconds.
    static let widestGap: Duration = .milliseconds(50)
    private static let narrowestGap: Duration = .microseconds(100)
    private static let room = 1.5

    let gap: Duration
    private let phase: Duration
    private var taken: Set<Int64> = []

    init(clusters: Int, refreshInterval: Duration, using random: inout some RandomNumberGenerator) {
        let needed = refreshInterval / (Double(max(clusters, 1)) * Self.room)
        gap = min(max(needed, Self.narrowestGap), Self.widestGap)
        phase = gap * Double.random(in: 0..<1, using: &random)
    }

    /// The first free moment at or after `due`, which is taken from now on.
    mutating func take(notBefore due: Duration) -> Duration {
        var number = Int64(((due - phase) / gap).rounded(.up))
        while !taken.insert(number).inserted { number += 1 }
        return moment(number)
    }
    /// Gives back a moment that `take` gave; any other is none of its own.
    mutating func free(_ moment: Duration) {
        let number = Int64(((moment - phase) / gap).rounded())
        if self.moment(number) == moment { taken.remove(number) }
    }

    private func moment(_ number: Int64) -> Duration { phase + gap * number }
}
