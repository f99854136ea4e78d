import Columns
import Timing

/// A time a row, or null: seconds, and nanoseconds only where some row of the column has any.
package struct TimeColumn: Sendable {
    /// `Int64.min` is null.
    package let seconds: [Int64]
    package let hasNulls: Bool
    /// The least and the greatest of the seconds; the wrong way round when all are null.
    package let bounds: (least: Int64, greatest: Int64)
    /// Empty when all are zero.
    package let nanoseconds: [Int32]

    init(_ times: [Instant?]) {
        hasNulls = times.contains { $0 == nil }
        var bounds: (least: Int64, greatest: Int64) = (.max, .min)
        for case let time? in times {
            bounds = (min(bounds.least, time.seconds), max(bounds.greatest, time.seconds))
        }
        self.bounds = bounds
        seconds = times.map { $0?.seconds ?? .min }
        nanoseconds =
            times.contains { ($0?.nanoseconds ?? 0) != 0 } ? times.map { $0?.nanoseconds ?? 0 } : []
    }

    package subscript(row: Int) -> Instant? {
        let whole = seconds[row]
        if whole == .min { return nil }
        return Instant(seconds: whole, nanoseconds: nanoseconds.isEmpty ? 0 : nanoseconds[row])
    }
    var packed: PackedNumbers {
        PackedNumbers(seconds: seconds, bounds: bounds, hasNulls: hasNulls, isExact: nanoseconds.isEmpty)
    }
    var byteCount: Int { seconds.heldBytes + nanoseconds.heldBytes }
}
