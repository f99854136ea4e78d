import ReleaseModel

/// What answering would cost, reckoned without doing it.
package struct PlanEstimate: Sendable, Equatable {
    /// Rows held of all clusters.
    package let rowsHeld: Int
    /// At most so many are looked at.
    package let rowsToScan: Int
    /// Clusters of which rows are held, and how many of them are passed over whole.
    package let parts: Int
    package let partsSkipped: Int
}

extension Selection {
    /// - Parameters:
    ///   - entries: those whose rows take part.
    ///   - isCounted: facets are asked for too.
    package func estimate(of snapshot: Snapshot, rowsFrom entries: [Int], isCounted: Bool) -> PlanEstimate {
        let parts = snapshot.entries.lazy.compactMap(\.part)
        let used = entries.count { snapshot.entries.indices.contains($0) && snapshot.entries[$0].part != nil }
        return PlanEstimate(
            rowsHeld: parts.reduce(0) { $0 + $1.rows.count },
            rowsToScan: rowsToScan(of: snapshot, rowsFrom: entries)
                + (isCounted ? rowsToCount(of: snapshot, rowsFrom: entries) : 0), parts: parts.count,
            partsSkipped: parts.count - used)
    }

    /// The order that rows come in, with what makes it total, as `order_by` writes it.
    package var canonicalOrder: String { SortKey.total(order).map(\.canonical).joined(separator: ", ") }
}
