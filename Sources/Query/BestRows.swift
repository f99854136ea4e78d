/// The first rows in order of all that were offered, at most `limit`.
struct BestRows {
    /// Most comparisons end with the ranks, which are therefore kept beside the rows.
    private struct Ranked {
        let rank: Int64
        let row: RowReference
    }
    let limit: Int
    private let order: RowOrder
    /// Rows that were offered in order, as those of the default order are; nil once one was not.
    private var ascending: [Ranked]? = []
    /// Else. Its first is the last row in order, the one to give way.
    private var heap: Heap<Ranked>

    /// - Parameter limit: at least 1.
    init(limit: Int, order: RowOrder) {
        self.limit = limit
        self.order = order
        heap = Heap([]) { Self.precedes($1, $0, in: order) }
    }

    /// The one to give way; nil while there is room.
    var worst: RowReference? {
        if let ascending { return ascending.count < limit ? nil : ascending.last?.row }
        return heap.count < limit ? nil : heap.first?.row
    }

    /// No row of that cluster can be among them, by the leading keys.
    func isTooLate(cluster: Int) -> Bool { worst.map { order.compareClusters(cluster, $0.entry) > 0 } ?? false }

    /// False when the row comes after `limit` others.
    @discardableResult
    mutating func offer(_ row: RowReference) -> Bool {
        let ranked = Ranked(rank: order.rank(row), row: row)
        if let last = ascending?.last, !Self.precedes(last, ranked, in: order) { leaveAscending() }
        if let count = ascending?.count {
            if count < limit { ascending?.append(ranked) }
            return count < limit
        }
        if heap.count < limit {
            heap.insert(ranked)
            return true
        }
        guard let worst = heap.first, Self.precedes(ranked, worst, in: order) else { return false }
        heap.replaceFirst(with: ranked)
        return true
    }

    func inOrder() -> [RowReference] {
        ascending?.map(\.row) ?? heap.elements.sorted { Self.precedes($0, $1, in: order) }.map(\.row)
    }

    // MARK: -

    private mutating func leaveAscending() {
        heap = Heap((ascending ?? []).reversed()) { [order] in Self.precedes($1, $0, in: order) }
        ascending = nil
    }

    private static func precedes(_ left: Ranked, _ right: Ranked, in order: RowOrder) -> Bool {
        if order.leading > 0 {
            let clusters = order.compareClusters(left.row.entry, right.row.entry)
            if clusters != 0 { return clusters < 0 }
        }
        return left.rank != right.rank ? left.rank < right.rank : order.compare(left.row, right.row) < 0
    }
}
