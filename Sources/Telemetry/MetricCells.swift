import CoreMetrics
import Locking

// What a series is made of. An observation is one short lock and no allocation; handles are made once and kept by who
// observes, so that no name is looked up on the way of a request.

/// Counts up from zero.
final class CounterCell: CounterHandler {
    private let count = Lock<Int64>(0)

    var value: Int64 { count.withLock { $0 } }

    /// Counters never go down: less than nothing is passed over, and the count stops at its end.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.withLock { count in
            let (sum, overflow) = count.addingReportingOverflow(amount)
            count = overflow ? .max : sum
        }
    }
    func reset() { count.withLock { $0 = 0 } }
}

/// Holds the last value.
final class GaugeCell: MeterHandler, RecorderHandler {
    private let last = Lock<Double>(0)

    var value: Double { last.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { last.withLock { $0 = value } }
    func increment(by amount: Double) { last.withLock { $0 += amount } }
    func decrement(by amount: Double) { last.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// Sorts observations into fixed buckets.
final class HistogramCell: TimerHandler, RecorderHandler {
    struct State: Sendable, Equatable {
        /// One for each bound and one for what is beyond the last; not yet added up.
        var buckets: [UInt64]
        var sum: Double = 0
    }
    private let bounds: [Double]
    private let state: Lock<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Lock(State(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    var value: State { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        guard value.isFinite else { return }
        // A dozen bounds: walking them costs less than halving them.
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
        state.withLock { state in
            state.buckets[bucket] &+= 1
            state.sum += value
        }
    }
}
