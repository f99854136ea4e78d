import Columns
import ReleaseModel
import Timing

/// Which rows of a part can be on a page by the first sort key about rows alone: from a boundary to the last row found.
///
/// It may hold rows that are out by their other keys, never miss one. Tables are asked for packed numbers, for codes in
/// the order of their texts, or for names; where the key is none of these, it holds all rows.
struct KeyWindow {
    private let order: RowOrder
    /// Nil: it holds all rows.
    private var window: TableWindow?
    /// Rows that agree in the key are told apart by their clusters, which entries are sorted by.
    private let isByCluster: Bool
    /// The first entry whose cluster does not come before the boundary's, and whether it is that one.
    private let boundary: (entry: Int, isThere: Bool)?
    /// The boundary's value is null, or one that tables know in full.
    private var isBoundaryExact = false
    private let isBoundaryNull: Bool
    private let after: TableWindow.End?

    private var last: RowReference?
    private var before: TableWindow.End?
    private var isLastExact = false
    /// All rows between the boundary and the last one agree with both.
    private var isOneValue = false

    init(_ order: RowOrder, after boundary: Boundary?) {
        self.order = order
        let key = order.keys[order.leading]
        let next = order.keys[order.leading + 1]
        isByCluster = next.field == .clusterID && !next.isDescending
        window = key.field.tableColumn.map { TableWindow($0, isDescending: key.isDescending) }
        self.boundary = boundary.map { order.place(of: $0) }
        let value = boundary.map { order.value(of: $0, byKey: order.leading) }
        isBoundaryNull = value == .null
        let end = value.flatMap { Self.end($0) }
        // How a text goes on that was cut is not known: in a descending order what it goes on with comes before it.
        let isCut = if case .text(_, isCut: true) = value { true } else { false }
        after = isCut && key.isDescending ? nil : end?.end
        isBoundaryExact = value != nil && (isBoundaryNull || !isCut && end?.isExact == true)
    }

    /// - Parameter last: the row that has to give way; nil while there is room.
    mutating func end(before last: RowReference?) {
        guard let last, last != self.last else { return }
        self.last = last
        let end = Self.end(order.value(byKey: order.leading, last))
        before = end?.end
        isLastExact = end?.isExact ?? true
        isOneValue = before != nil && before == after
    }

    /// The rows of an entry that are in the window, joined to `bitmap`.
    ///
    /// - Parameters:
    ///   - isBounded: the boundary is among the rows that agree with these in the leading keys.
    ///   - isEnding: so is the row that has to give way.
    /// - Returns: whether there are any, and whether all of them are known to come after the boundary.
    func select(
        _ entry: Int, isBounded: Bool, isEnding: Bool, _ joining: Bitmap.Joining, _ bitmap: inout Bitmap
    ) -> (isEmpty: Bool, isSure: Bool) {
        let tables = order.snapshot.tables
        var isExact = true
        if case .numbers(let column) = window?.column { isExact = tables.isExact(column, entry) }
        // Of numbers too wide to be packed the table does not know which are null.
        let isUsable = if case .numbers(.version) = window?.column { isExact } else { true }
        guard var window, isUsable else {
            if joining != .narrowing { bitmap.insertAll() }
            return (false, !isBounded)
        }
        var isSure = !isBounded
        if isBounded, let boundary {
            let isSame = boundary.isThere && boundary.entry == entry
            let isStrict = isByCluster && isBoundaryExact && isExact && entry < boundary.entry
            isSure = isByCluster && isBoundaryExact && isExact && !isSame
            window.after = after
            window.isAfterStrict = isStrict
            if isBoundaryNull {
                window.hasValues = false
                window.hasNulls = !isStrict
            }
        }
        if isEnding, let last {
            let isStrict = isByCluster && isLastExact && isExact && entry > last.entry
            if let before {
                window.before = before
                window.isBeforeStrict = isStrict
                window.hasNulls = false
            } else if isStrict {
                window.hasNulls = false
            }
        }
        // Most clusters of a page deep among rows that agree: none is looked up.
        if isOneValue, isBounded, isEnding, window.isAfterStrict || window.isBeforeStrict { return (true, false) }
        // What is narrowed and may be null can be left with too many rows.
        if joining == .narrowing, window.hasNulls { isSure = isSure && !isBounded }
        return (!tables.select(entry, window, joining, &bitmap), isSure)
    }

    // MARK: -

    /// Nil for null. It is exact when no row that agrees with it in the table comes before or after it.
    private static func end(_ value: KeyValues.Value) -> (end: TableWindow.End, isExact: Bool)? {
        switch value {
        case .null: nil
        case .text(let text, let isCut): (.text(text), !isCut)
        case .integer(let number): (.number(number), true)
        case .boolean(let value): (.number(value ? 1 : 0), true)
        case .time(let time): (.number(time.seconds), time.nanoseconds == 0)
        }
    }
}

extension RowOrder {
    /// The first entry whose cluster does not come before the boundary's by id, and whether it is that cluster.
    fileprivate func place(of boundary: Boundary) -> (entry: Int, isThere: Bool) {
        if case .row(let row) = boundary { return (row.entry, true) }
        guard let key = keys.firstIndex(where: { $0.field == .clusterID }),
            case .text(let id, _) = value(of: boundary, byKey: key)
        else { return (0, false) }
        let entries = snapshot.entries
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if ByteText.compare(entries[middle].clusterID.text, id) < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && ByteText.compare(entries[low].clusterID.text, id) == 0)
    }
    /// Where to begin: rows that agree with the boundary in the first key are those of the clusters behind its own.
    func firstEntry(after boundary: Boundary?) -> Int { boundary.map { place(of: $0).entry } ?? 0 }
}
