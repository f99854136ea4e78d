import Columns
import ReleaseModel
import Timing

extension Selection {
    /// The rows in order after `key`, at most `limit` (at least 1), and how many there are in all.
    ///
    /// Nothing is sorted but the page. What tables can look up is counted for all parts in one loop; only parts with rows
    /// that can be on the page are looked at, clusters in the order of the keys that concern them, and a bounded heap
    /// keeps the best rows.
    ///
    /// - Parameters:
    ///   - rowsFrom: entries whose rows take part (indices into `snapshot.entries`, ascending).
    ///   - now: the clock of page 1.
    ///   - key: one that `accepts` takes; any other begins at the first row.
    package func page(
        of snapshot: Snapshot, rowsFrom entries: [Int], now: Instant, after key: PageKey?, limit: Int
    ) -> PageResult {
        let order = RowOrder(self.order, of: snapshot)
        let limit = max(limit, 1)
        // One more than asked for: whether a page follows.
        var scan = PageScan(
            order: order, compiled: CompiledFilter(filter, now: now),
            boundary: key.flatMap { KeyValues($0, for: order.keys) }.map { Boundary($0, in: order, of: snapshot) },
            limit: limit + 1)
        scan.visit(entries)
        var rows = scan.best.inOrder()
        let hasMore = rows.count > limit
        if hasMore { rows.removeLast() }
        return PageResult(
            rows: rows, totalSize: scan.total,
            next: hasMore ? rows.last.map { KeyValues(of: $0, in: order, of: snapshot).key } : nil)
    }
}

/// One walk over the rows for one page.
private struct PageScan {
    private let snapshot: Snapshot
    private let order: RowOrder
    private let compiled: CompiledFilter
    private let boundary: Boundary?
    /// How many rows of each entry pass the filter's tests of tables; empty where there are none.
    private let counts: [UInt32]
    private var window: KeyWindow
    private var bitmap = Bitmap(count: 0)
    private(set) var best: BestRows
    /// Rows that match.
    private(set) var total = 0

    init(order: RowOrder, compiled: CompiledFilter, boundary: Boundary?, limit: Int) {
        snapshot = order.snapshot
        self.order = order
        self.compiled = compiled
        self.boundary = boundary
        counts = compiled.tableTests.isEmpty ? [] : order.snapshot.tables.counts(compiled.tableTests)
        window = KeyWindow(order, after: boundary)
        best = BestRows(limit: limit, order: order)
    }

    mutating func visit(_ entries: [Int]) {
        var open: [Int] = []
        open.reserveCapacity(entries.count)
        for entry in entries where snapshot.entries.indices.contains(entry) {
            let count = rowsToPass(entry)
            if count == 0 || !compiled.allows(snapshot.entries[entry]) { continue }
            if isCounted(entry) { total += Int(count) }
            if order.leading > 0, let boundary, order.compareCluster(entry, with: boundary) < 0 {
                pass(entry)
            } else {
                open.append(entry)
            }
        }
        if order.leading == 0 {
            let start = open.firstIndex { [first = order.firstEntry(after: boundary)] in $0 >= first } ?? 0
            for entry in open[start...] { look(at: entry) }
            for entry in open[..<start] { look(at: entry) }
            return
        }
        // Where many of them are to be looked at, sorting costs less than a heap.
        if open.count <= 4 * best.limit {
            open.sort { order.compareClusters($0, $1) < 0 }
            var start = 0
            while start < open.count, !best.isTooLate(cluster: open[start]) {
                look(at: open[start])
                start += 1
            }
            for entry in open[start...] { pass(entry) }
            return
        }
        var clusters = Heap(open) { [order] in order.compareClusters($0, $1) < 0 }
        while let entry = clusters.popFirst() {
            if best.isTooLate(cluster: entry) {
                pass(entry)
                break
            }
            look(at: entry)
        }
        // What is left is only counted, in any order.
        for entry in clusters.elements { pass(entry) }
    }

    // MARK: -

    /// At most so many rows of an entry match.
    private func rowsToPass(_ entry: Int) -> UInt32 {
        counts.isEmpty ? UInt32(truncatingIfNeeded: snapshot.tables.rowCount(entry)) : counts[entry]
    }
    /// The tables' count is that of the matching rows.
    private func isCounted(_ entry: Int) -> Bool { compiled.isOfTables && rowsToPass(entry) != TableList.unknown }

    /// None of its rows is on the page.
    private mutating func pass(_ entry: Int) {
        if !isCounted(entry) { _ = select(entry) }
    }

    /// Which of its rows match; where it was not known yet how many, they are counted.
    private mutating func select(_ entry: Int) -> CompiledFilter.Found {
        let rows = snapshot.tables.rowCount(entry)
        if isCounted(entry) {
            bitmap.reset(count: rows)
            if Int(rowsToPass(entry)) == rows { return .all }
            return snapshot.tables.select(entry, compiled.tableTests, into: &bitmap) == 0 ? .none : .some
        }
        guard let part = snapshot.entries[entry].part else { return .none }
        let found = compiled.select(snapshot.entries[entry], part, into: &bitmap)
        let count = found == .none ? 0 : found == .all ? rows : bitmap.population
        total += count
        return count == 0 ? .none : found
    }

    private mutating func look(at entry: Int) {
        let found = select(entry)
        if found == .none { return }
        // How all rows of this cluster stand to the boundary, by the leading keys; 0: each row its own way.
        let isBounded = boundary.map { order.leading == 0 || order.compareCluster(entry, with: $0) == 0 } ?? false
        if order.leading > 0, order.isPartOrder {
            walk(entry, isWhole: found == .all, after: isBounded ? boundary : nil)
        } else {
            pick(entry, isWhole: found == .all, after: isBounded ? boundary : nil)
        }
    }

    /// The part's rows are in order: those before the boundary are leapt over, and the first that comes too late ends it.
    private mutating func walk(_ entry: Int, isWhole: Bool, after boundary: Boundary?) {
        let count = bitmap.count
        var start = 0
        if let boundary {
            var end = count
            while start < end {
                let middle = (start + end) / 2
                let isBehind = order.compare(RowReference(entry: entry, row: middle), with: boundary) > 0
                if isBehind { end = middle } else { start = middle + 1 }
            }
        }
        var next = isWhole ? start : bitmap.next(from: start)
        while let row = next, row < count {
            if !best.offer(RowReference(entry: entry, row: row)) { return }
            next = isWhole ? row + 1 : bitmap.next(from: row + 1)
        }
    }

    /// Of rows in another order those are looked at that the first key does not already rule out.
    private mutating func pick(_ entry: Int, isWhole: Bool, after boundary: Boundary?) {
        let worst = best.worst
        window.end(before: worst)
        let isEnding = worst.map { order.leading == 0 || order.compareClusters(entry, $0.entry) == 0 } ?? false
        let found = window.select(
            entry, isBounded: boundary != nil, isEnding: isEnding, isWhole ? .replacing : .narrowing, &bitmap)
        if found.isEmpty { return }
        var next = bitmap.next(from: 0)
        while let row = next {
            let reference = RowReference(entry: entry, row: row)
            if found.isSure || boundary.map({ order.compare(reference, with: $0) > 0 }) ?? true {
                best.offer(reference)
            }
            next = bitmap.next(from: row + 1)
        }
    }
}
