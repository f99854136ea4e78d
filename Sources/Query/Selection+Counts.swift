import Columns
import ReleaseModel
import Timing

extension Selection {
    /// Counts the matching rows under the values of each of `groupings`, all in one pass.
    ///
    /// - Parameters:
    ///   - entries: those whose rows take part, as for `page`.
    ///   - now: the clock of page 1.
    ///   - groupings: each one to `ValueCounts.fieldLimit` fields.
    package func counts(
        of snapshot: Snapshot, rowsFrom entries: [Int], now: Instant, by groupings: [[CountedField]]
    ) -> [ValueCounts] {
        let compiled = CompiledFilter(filter, now: now)
        var counts = groupings.map(ValueCounts.init)
        var bitmap = Bitmap(count: 0)
        for index in entries where snapshot.entries.indices.contains(index) {
            let entry = snapshot.entries[index]
            guard let part = entry.part else { continue }
            switch compiled.select(entry, part, into: &bitmap) {
            case .none: continue
            case .all: for grouping in counts.indices { counts[grouping].count(entry, nil) }
            case .some:
                let matching = bitmap.rows
                for grouping in counts.indices { counts[grouping].count(entry, matching) }
            }
        }
        return counts
    }

    /// How many rows `counts` looks at, at most.
    package func rowsToCount(of snapshot: Snapshot, rowsFrom entries: [Int]) -> Int {
        let compiled = CompiledFilter(filter, now: Instant(seconds: 0))
        return entries.reduce(0) { sum, index in
            guard snapshot.entries.indices.contains(index), let part = snapshot.entries[index].part,
                compiled.remainder(for: snapshot.entries[index]).constant != false
            else { return sum }
            return sum + part.rows.count
        }
    }
}
