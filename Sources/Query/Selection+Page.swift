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
        var scan = PageScan(
            snapshot: snapshot, order: order, compiled: CompiledFilter(filter, now: now),
            boundary: key.flatMap { KeyValues($0, for: order.keys) }.map { Boundary($0, in: order, of: snapshot) },
            best: BestRows(limit: max(limit, 1), order: order))
        var clusters = Heap(entries) {
            order.compareClusters($0, $1) < 0
        }
        while let entry = clusters.popFirst() {
            scan.visit(entry)
            // What is left is only counted, in any order.
            if scan.isTooLate(entry) { break }
        }
        for entry in clusters.elements { scan.visit(entry) }
        let rows = scan.best.inOrder()
        let hasMore = scan.following > rows.count
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
    /// Of those, how many come after the boundary.
    var following = 0

    /// No row of that cluster, nor of one that comes after it, can be on the page.
    func isTooLate(_ entry: Int) -> Bool { order.leading > 0 && best.isTooLate(cluster: entry) }

    mutating func visit(_ entry: Int) {
        let rows = order.rows[entry]
        if rows.isEmpty { return }
        let remainder = compiled.remainder(for: snapshot.entries[entry])
        if remainder.constant == false { return }
        // How all rows of this cluster stand to the boundary and to the page, by the leading keys; 0: each row its own way.
        let toBoundary = boundary.map { order.leading > 0 ? order.compareCluster(entry, with: $0) : 0 } ?? 1
        if toBoundary < 0 || (toBoundary > 0 && isTooLate(entry)) {
            let count = remainder.constant == true ? rows.count : countMatches(remainder, rows, from: 0)
            total += count
            if toBoundary > 0 { following += count }
            return
        }
        for row in rows.indices where compiled.matches(remainder, rows, at: row) {
            let reference = RowReference(entry: entry, row: row)
            total += 1
            if toBoundary == 0, let boundary, order.compare(reference, with: boundary) <= 0 { continue }
            following += 1
            if !best.offer(reference), order.isPartOrder {
                // The rest of this cluster comes later still.
                let count =
                    remainder.constant == true
                    ? rows.count - row - 1 : countMatches(remainder, rows, from: row + 1)
                total += count
                following += count
                return
            }
        }
    }

    private func countMatches(_ remainder: CompiledFilter.Node, _ rows: ReleaseRows, from start: Int) -> Int {
        var count = 0
        for row in start..<rows.count where compiled.matches(remainder, rows, at: row) { count += 1 }
        return count
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

    /// False when the row comes after `limit` others.
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
