import Columns
import ReleaseModel
import Timing

/// All rows of a selection in its order, some at a time: what an export reads.
///
/// The clusters that are equal by the order's leading keys make a group; groups come one after the other, and within one
/// the rows of each cluster, sorted by themselves, are merged. So the standard order holds the rows of one cluster name
/// at a time, any other 4 bytes for each row, and no step costs more than about what it was allowed.
package struct RowWalk {
    package enum Step {
        /// The next rows; never none.
        case rows([RowReference])
        /// What was allowed is used up, on rows that are not to be given yet.
        case unfinished
        case end
    }
    /// The rows of one cluster that match, in order.
    private struct Run {
        let entry: Int
        /// Never none.
        let rows: [UInt32]
        var next = 0
        var head: RowReference { RowReference(entry: entry, row: Int(rows[next])) }
    }
    private let snapshot: Snapshot
    private let order: RowOrder
    private let compiled: CompiledFilter
    private var bitmap = Bitmap(count: 0)
    /// By the leading keys, the first group last.
    private var entries: [Int]
    /// Of the group at hand: those that are not looked at yet.
    private var unread: [Int] = []
    private var runs: [Run] = []
    /// The same by their heads; nil until the whole group is looked at.
    private var merge: Heap<Run>?
    /// How many rows were given.
    package private(set) var count = 0

    /// - Parameters:
    ///   - entries: whose rows take part.
    ///   - now: what ages are reckoned from.
    package init(_ selection: Selection, of snapshot: Snapshot, rowsFrom entries: [Int], now: Instant) {
        let order = RowOrder(selection.order, of: snapshot)
        self.snapshot = snapshot
        self.order = order
        compiled = CompiledFilter(selection.filter, now: now)
        self.entries = entries.sorted { order.compareClusters($0, $1) > 0 }
    }

    /// - Parameter cost: rows to be looked at, about; one cluster's are looked at together.
    package mutating func next(cost: Int) -> Step {
        var left = cost
        while true {
            if merge == nil {
                if unread.isEmpty, runs.isEmpty, !beginGroup() { return .end }
                while let entry = unread.popLast() {
                    left -= read(entry)
                    if left <= 0, !unread.isEmpty { return .unfinished }
                }
                merge = Heap(runs) { [order] in order.compare($0.head, $1.head) < 0 }
                runs = []
            }
            let rows = take(atMost: max(left, 1))
            if !rows.isEmpty {
                count += rows.count
                return .rows(rows)
            }
            merge = nil
            if left <= 0 { return .unfinished }
        }
    }

    // MARK: -

    private mutating func beginGroup() -> Bool {
        guard let first = entries.last else { return false }
        while let entry = entries.last, order.compareClusters(entry, first) == 0 { unread.append(entries.removeLast()) }
        return true
    }

    /// Returns how many rows were looked at.
    private mutating func read(_ entry: Int) -> Int {
        guard let part = snapshot.entries[entry].part else { return 1 }
        var found: [UInt32] = []
        switch compiled.select(snapshot.entries[entry], part, into: &bitmap) {
        case .none: return 1
        case .all: found = (0..<part.count).map { UInt32(truncatingIfNeeded: $0) }
        case .some:
            var next = bitmap.next(from: 0)
            while let row = next {
                found.append(UInt32(truncatingIfNeeded: row))
                next = bitmap.next(from: row + 1)
            }
        }
        if !order.isPartOrder {
            found.sort { left, right in
                order.compare(RowReference(entry: entry, row: Int(left)), RowReference(entry: entry, row: Int(right)))
                    < 0
            }
        }
        if !found.isEmpty { runs.append(Run(entry: entry, rows: found)) }
        return part.count
    }

    private mutating func take(atMost limit: Int) -> [RowReference] {
        var rows: [RowReference] = []
        while rows.count < limit, var run = merge?.first {
            rows.append(run.head)
            run.next += 1
            if run.next < run.rows.count { merge?.replaceFirst(with: run) } else { _ = merge?.popFirst() }
        }
        return rows
    }
}
