import Columns
import ReleaseModel
import Timing

/// Which releases in which order. Ages stay relative here and are resolved against the clock of page 1.
package struct Selection: Sendable {
    package var filter: FilterExpression
    package var order: [SortKey]

    package init(filter: FilterExpression, order: [SortKey]) {
        self.filter = filter
        self.order = order
    }

    /// A canonical text of filter and order: equal questions give equal texts. Page tokens and ETags hash it.
    package var canonical: String {
        "\(filter.canonical) order by \(canonicalOrder)"
    }

    /// Which entries of the snapshot it aims at, by what it says of clusters alone.
    package func targets(in snapshot: Snapshot) -> Targets {
        // What clusters decide does not hang on the time.
        let compiled = CompiledFilter(filter, now: Instant(seconds: 0))
        let entries = snapshot.entries.indices.filter { index in
            compiled.remainder(for: snapshot.entries[index]).constant != false
        }
        let asked = AskedClusters(filter)
        let unknown = asked.unknown(in: snapshot)
        return Targets(
            entries: entries,
            isNothingKnown: entries.isEmpty && !unknown.isEmpty && unknown.count == asked.count, unknown: unknown,
            gaps: gaps(in: snapshot))
    }

    /// Whether that is more than `bound` rows, as far as it is known without a look at any cluster: of all clusters'
    /// rows are looked at, and they have as many. Where a filter names clusters it is not known.
    ///
    /// - Parameter isCounted: matching rows are counted by their values too.
    package func isLong(over snapshot: Snapshot, beyond bound: Int, isCounted: Bool) -> Bool {
        let compiled = CompiledFilter(filter, now: Instant(seconds: 0))
        let order = RowOrder(self.order, of: snapshot)
        let isWalked = order.leading > 0 && order.isPartOrder && !isCounted
        guard isWalked ? compiled.isOfRowsAlone : compiled.aimsAtAllClusters else { return false }
        var sum = 0
        for index in 0..<snapshot.tables.count where sum <= bound { sum += snapshot.tables.rowCount(index) }
        return sum > bound
    }

    /// How many rows `page` has to look at, at most: what decides whether it is fast enough for the caller's thread.
    ///
    /// - Parameter bound: where they are more, how many more is not asked.
    package func rowsToScan(of snapshot: Snapshot, rowsFrom entries: [Int], upTo bound: Int = .max) -> Int {
        let compiled = CompiledFilter(filter, now: Instant(seconds: 0))
        let order = RowOrder(self.order, of: snapshot)
        // Whole clusters are passed over, and a cluster is left at the first row that is too late for the page.
        let isWalked = order.leading > 0 && order.isPartOrder
        var sum = 0
        for index in entries where sum <= bound && snapshot.entries.indices.contains(index) {
            let rows = snapshot.tables.rowCount(index)
            if rows == 0 { continue }
            switch compiled.remainder(for: snapshot.entries[index]).constant {
            case false?: continue
            case true? where isWalked: sum += 1
            default: sum += rows
            }
        }
        return sum
    }

    /// Whether `key` can be one of this selection's: well formed, with a value of the right type for each sort key.
    package func accepts(_ key: PageKey) -> Bool { KeyValues(key, for: SortKey.total(order)) != nil }
}

package struct Targets: Sendable {
    /// Indices into `snapshot.entries`, ascending.
    package let entries: [Int]
    /// Exact ids or names were asked for and none of them exists: `cluster_not_found`.
    package let isNothingKnown: Bool
    /// Exact ids and names that were asked for and do not exist, sorted; for a warning when others do.
    package let unknown: [String]
    /// Sources that may hold clusters which are meant and not known.
    package let gaps: [DiscoveryGap]
    package init(entries: [Int], isNothingKnown: Bool, unknown: [String] = [], gaps: [DiscoveryGap] = []) {
        self.entries = entries
        self.isNothingKnown = isNothingKnown
        self.unknown = unknown
        self.gaps = gaps
    }
}

/// A row of a snapshot.
package struct RowReference: Sendable, Equatable {
    package let entry: Int
    package let row: Int
    package init(entry: Int, row: Int) {
        self.entry = entry
        self.row = row
    }
}

package struct PageResult: Sendable {
    package let rows: [RowReference]
    /// All rows the selection matches, on every page.
    package let totalSize: Int
    /// Nil when no row follows.
    package let next: PageKey?
    package init(rows: [RowReference], totalSize: Int, next: PageKey?) {
        self.rows = rows
        self.totalSize = totalSize
        self.next = next
    }
}
