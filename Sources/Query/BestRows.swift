/// The first rows in order of all that were offered, at most `limit`.
///
/// A heap of its own and not `Heap`: most comparisons end with the ranks, which are kept beside the rows.
struct BestRows {
    private struct Ranked {
        let rank: Int64
        let row: RowReference
    }
    private let limit: Int
    private let order: RowOrder
    /// Its first is the last row in order, the one to give way.
    private var heap: [Ranked] = []

    /// - Parameter limit: at least 1.
    init(limit: Int, order: RowOrder) {
        self.limit = limit
        self.order = order
    }

    /// The one to give way; nil while there is room.
    var worst: RowReference? { heap.count < limit ? nil : heap[0].row }

    /// No row of that cluster can be among them, by the leading keys.
    func isTooLate(cluster: Int) -> Bool { worst.map { order.compareClusters(cluster, $0.entry) > 0 } ?? false }

    /// False when the row comes after `limit` others.
    @discardableResult
    mutating func offer(_ row: RowReference) -> Bool {
        let ranked = Ranked(rank: order.rank(row), row: row)
        if heap.count < limit {
            heap.append(ranked)
            rise()
            return true
        }
        guard precedes(ranked, heap[0]) else { return false }
        heap[0] = ranked
        sink()
        return true
    }

    func inOrder() -> [RowReference] { heap.sorted(by: precedes).map(\.row) }

    // MARK: -

    private func precedes(_ left: Ranked, _ right: Ranked) -> Bool {
        if order.leading > 0 {
            let clusters = order.compareClusters(left.row.entry, right.row.entry)
            if clusters != 0 { return clusters < 0 }
        }
        return left.rank != right.rank ? left.rank < right.rank : order.compare(left.row, right.row) < 0
    }

    private mutating func rise() {
        var index = heap.count - 1
        while index > 0, precedes(heap[(index - 1) / 2], heap[index]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            var last = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && precedes(heap[last], heap[child]) {
                last = child
            }
            if last == index { return }
            heap.swapAt(index, last)
            index = last
        }
    }
}
