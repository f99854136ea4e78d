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
    package var canonical: String { fatalError() }

    /// Which entries of the snapshot it aims at, by what it says of clusters alone.
    package func targets(in snapshot: Snapshot) -> Targets { fatalError() }

    /// The rows in order after `key`, at most `limit`, and how many there are in all.
    ///
    /// - Parameters:
    ///   - rowsFrom: entries whose rows take part (indices into `snapshot.entries`, ascending).
    ///   - now: the clock of page 1.
    package func page(
        of snapshot: Snapshot, rowsFrom entries: [Int], now: Instant, after key: PageKey?, limit: Int
    ) -> PageResult { fatalError() }
}

package indirect enum FilterExpression: Sendable { case all }
package struct SortKey: Sendable {}

package struct Targets: Sendable {
    /// Indices into `snapshot.entries`, ascending.
    package let entries: [Int]
    /// Exact ids or names were asked for and none of them exists: `cluster_not_found`.
    package let isNothingKnown: Bool
    package init(entries: [Int], isNothingKnown: Bool) {
        self.entries = entries
        self.isNothingKnown = isNothingKnown
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

/// The sort key of a page's last row: a boundary that does not move when rows come and go.
package struct PageKey: Sendable, Equatable {
    /// Opaque; at most 600 bytes, so that a sealed token stays under 1 KiB: long texts are cut and hashed, in a way that keeps the order total.
    package let bytes: [UInt8]
    package init(bytes: [UInt8]) { self.bytes = bytes }
}
