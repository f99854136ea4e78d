import Columns
import ReleaseModel
import Timing

extension Selection {
    /// The rows in order after `key`, at most `limit` (at least 1), and how many there are in all.
    ///
    /// Nothing is sorted but the page: clusters are taken in the order of the keys that concern them, a bounded heap keeps
    /// the best rows, and clusters and rows that come too late for it are only counted.
    ///
    /// - Parameters:
    ///   - rowsFrom: entries whose rows take part (indices into `snapshot.entries`, ascending).
    ///   - now: the clock of page 1.
    ///   - key: one that `accepts` takes; any other begins at the first row.
    package func page(
        of snapshot: Snapshot, rowsFrom entries: [Int], now: Instant, after key: PageKey?, limit: Int
    ) -> PageResult {
        let entries = entries.filter { snapshot.entries.indices.contains($0) }
        let order = RowOrder(self.order, of: snapshot, rowsFrom: entries)
        let limit = max(limit, 1)
        // One more than asked for: whether a page follows.
        var scan = PageScan(
            snapshot: snapshot, order: order, compiled: CompiledFilter(filter, now: now),
            boundary: key.flatMap { KeyValues($0, for: order.keys) }.map { Boundary($0, in: order, of: snapshot) },
            best: BestRows(limit: limit + 1, order: order))
        if order.leading == 0 {
            for entry in entries { scan.visit(entry) }
        } else {
            var clusters = Heap(entries) { order.compareClusters($0, $1) < 0 }
            while let entry = clusters.popFirst() {
                scan.visit(entry)
                // What is left is only counted, in any order.
                if scan.isTooLate(entry) { break }
            }
            for entry in clusters.elements { scan.visit(entry) }
        }
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
    let snapshot: Snapshot
    let order: RowOrder
    let compiled: CompiledFilter
    let boundary: Boundary?
    var best: BestRows
    /// Rows that match.
    var total = 0
    private var bitmap = Bitmap(count: 0)

    init(
        snapshot: Snapshot, order: RowOrder, compiled: CompiledFilter, boundary: Boundary?, best: consuming BestRows
    ) {
        self.snapshot = snapshot
        self.order = order
        self.compiled = compiled
        self.boundary = boundary
        self.best = best
    }

    /// No row of that cluster, nor of one that comes after it, can be on the page.
    func isTooLate(_ entry: Int) -> Bool { order.leading > 0 && best.isTooLate(cluster: entry) }

    mutating func visit(_ entry: Int) {
        let part = order.rows[entry].part
        let found = compiled.select(snapshot.entries[entry], part, into: &bitmap)
        if found == .none { return }
        let count = found == .all ? part.count : bitmap.population
        if count == 0 { return }
        total += count
        // How all rows of this cluster stand to the boundary, by the leading keys; 0: each row its own way.
        let toBoundary = boundary.map { order.leading > 0 ? order.compareCluster(entry, with: $0) : 0 } ?? 1
        if toBoundary < 0 || isTooLate(entry) { return }
        let boundary = toBoundary == 0 ? self.boundary : nil
        if order.isPartOrder {
            walk(entry, isWhole: found == .all, after: boundary)
        } else {
            pick(entry, isWhole: found == .all, after: boundary)
        }
    }

    /// The part's rows are in order: those before the boundary are leapt over, and the first that comes too late ends it.
    private mutating func walk(_ entry: Int, isWhole: Bool, after boundary: Boundary?) {
        let count = order.rows[entry].count
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
        let window = KeyWindow(order, entry, after: boundary, before: best.worst)
        if window.isEmpty { return }
        if window.isAll {
            if isWhole { bitmap.insertAll() }
        } else {
            window.select(&bitmap, isWhole ? .replacing : .narrowing)
        }
        var next = bitmap.next(from: 0)
        while let row = next {
            let reference = RowReference(entry: entry, row: row)
            if boundary.map({ order.compare(reference, with: $0) > 0 }) ?? true { best.offer(reference) }
            next = bitmap.next(from: row + 1)
        }
    }
}

/// The first rows in order of all that were offered, at most `limit`.
private struct BestRows {
    private let limit: Int
    private let order: RowOrder
    /// Its first is the last row in order, the one to give way.
    private var heap: Heap<RowReference>

    init(limit: Int, order: RowOrder) {
        self.limit = limit
        self.order = order
        heap = Heap([]) { order.compare($0, $1) > 0 }
    }

    /// No row of that cluster can be among them, by the leading keys.
    func isTooLate(cluster: Int) -> Bool {
        guard heap.count == limit, let last = heap.first else { return false }
        return order.compareClusters(cluster, last.entry) > 0
    }

    /// The one to give way; nil while there is room.
    var worst: RowReference? { heap.count < limit ? nil : heap.first }

    /// False when the row comes after `limit` others.
    @discardableResult
    mutating func offer(_ row: RowReference) -> Bool {
        if heap.count < limit {
            heap.insert(row)
            return true
        }
        guard let last = heap.first, order.compare(row, last) < 0 else { return false }
        heap.replaceFirst(with: row)
        return true
    }

    consuming func inOrder() -> [RowReference] {
        var rows: [RowReference] = []
        while let row = heap.popFirst() { rows.append(row) }
        return rows.reversed()
    }
}
