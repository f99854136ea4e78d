import Timing

/// The signatures of one key that were accepted, so that nobody who has read one can send it again.
///
/// A date has whole seconds, so that two equal requests of one second carry the same signature, and the cloud's signers
/// send them: one that arrives within `grace` of the first is let in too. What does not fit any more is forgotten oldest
/// date first, and nothing of that date or an earlier one is accepted afterwards: a busy key then has a narrower window,
/// but never a gap. It begins empty: what was sent before the process began, or to another replica, is not known.
package struct ReplayWindow: Sendable {
    package enum Verdict: Sendable, Equatable {
        case fresh
        case replayed
        /// Its date is so old that what was accepted then is not known any more.
        case forgotten
    }
    /// For equal requests sent within a second, and their ways here.
    package static let grace = Duration.seconds(1)

    /// Half of a signature: 128 bits.
    private struct Mark: Hashable { let high, low: UInt64 }

    /// When each first arrived, by the second of its date.
    private var marks: [Int64: [Mark: Duration]] = [:]
    /// The keys of `marks`, ascending: the tolerance either way in seconds at most.
    private var seconds: [Int64] = []
    package private(set) var count = 0
    /// Dates up to this one are not accepted.
    private var floor = Int64.min
    private let tolerance: Duration
    private let limit: Int

    /// - Parameters:
    ///   - tolerance: how far a date may be from our time.
    ///   - limit: of signatures remembered, some 60 bytes each.
    package init(tolerance: Duration, limit: Int = 65_536) {
        self.tolerance = tolerance
        self.limit = limit
    }

    /// To be asked once a signature was found to be right; asked again for the same request, it says the same.
    ///
    /// - Parameters:
    ///   - signature: 64 hex digits.
    ///   - date: what was signed; within the tolerance.
    ///   - arrival: of the request, by `TimeSource.uptime`.
    package mutating func admit(_ signature: String, dated date: Instant, arrivedAt arrival: Duration, now: Instant)
        -> Verdict
    {
        forget(before: (now - tolerance).seconds)
        let (second, mark) = (date.seconds, Self.mark(signature))
        guard second > floor else { return .forgotten }
        if let first = marks[second]?[mark] { return arrival - first < Self.grace ? .fresh : .replayed }
        if marks[second] == nil {
            let place = seconds.lastIndex { $0 < second }.map { $0 + 1 } ?? 0
            seconds.insert(second, at: place)
        }
        marks[second, default: [:]][mark] = arrival
        count += 1
        while count > limit, let oldest = seconds.first { forget(before: oldest + 1) }
        return .fresh
    }

    private mutating func forget(before second: Int64) {
        var gone = 0
        while gone < seconds.count, seconds[gone] < second {
            floor = max(floor, seconds[gone])
            count -= marks.removeValue(forKey: seconds[gone])?.count ?? 0
            gone += 1
        }
        seconds.removeFirst(gone)
    }

    private static func mark(_ signature: String) -> Mark {
        let digits = Array(signature.utf8)
        func number(_ range: Range<Int>) -> UInt64 {
            digits[range.clamped(to: 0..<digits.count)].reduce(0) { value, digit in
                value << 4 | UInt64(digit >= UInt8(ascii: "a") ? digit - UInt8(ascii: "a") + 10 : digit & 0xF)
            }
        }
        return Mark(high: number(0..<16), low: number(16..<32))
    }
}
