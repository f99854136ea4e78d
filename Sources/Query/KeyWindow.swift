import Columns
import ReleaseModel
import Timing

/// Which rows of a part can be on a page by the first sort key about rows alone: from a boundary to the last row found.
///
/// It may hold rows that are out by their other keys, never miss one. What it is asked of is packed numbers or codes in
/// the order of their texts; where the column is neither, it holds all rows.
struct KeyWindow {
    private enum Column {
        case codes(CodeColumn)
        case seconds([Int64])
        case numbers([Int32])
    }
    private let column: Column?
    private var first: Int64 = .min
    private var last: Int64 = .max
    private let null: Int64
    private var holdsNulls = true

    /// - Parameters:
    ///   - boundary: nil when all rows of the part come after it.
    ///   - worst: nil when there is room on the page.
    init(_ order: RowOrder, _ entry: Int, after boundary: Boundary?, before worst: RowReference?) {
        let key = order.keys[order.leading]
        let part = order.rows[entry].part
        let texts: TextColumn? =
            switch key.field {
            case .namespace: part.namespaces
            case .chartName: part.chartNames
            case .status: part.statuses
            default: nil
            }
        switch key.field {
        case .namespace, .chartName, .status:
            column = texts.map { .codes($0.codes) }
            null = Int64(texts?.nullCode ?? 0)
            (first, last) = (0, null - 1)
            holdsNulls = texts?.hasNulls ?? true
        case .createAt, .updateAt:
            let times = key.field == .createAt ? part.createAt : part.updateAt
            column = .seconds(times.seconds)
            null = .min
            (first, last) = (times.bounds.least, times.bounds.greatest)
            holdsNulls = times.hasNulls
        case .version:
            guard case .narrow(let numbers) = part.versions else { fallthrough }
            column = .numbers(numbers)
            null = Int64(Int32.min)
            (first, last) = (Int64(Int32.min) + 1, Int64(Int32.max))
        default:
            column = nil
            null = 0
        }
        guard column != nil else { return }
        // Rows that agree in this key are told apart by their clusters alone, where those come next.
        let next = order.keys[order.leading + 1]
        let isByCluster = next.field == .clusterID
        if let boundary {
            let isOut = isByCluster && order.compareCluster(entry, byKey: order.leading + 1, with: boundary) < 0
            leave(order.value(of: boundary, byKey: order.leading), key, texts, part, isAfter: true, isStrict: isOut)
        }
        if let worst {
            let isOut = isByCluster && order.compareClusters(entry, worst.entry, byKey: order.leading + 1) > 0
            leave(order.value(byKey: order.leading, worst), key, texts, part, isAfter: false, isStrict: isOut)
        }
    }

    var isAll: Bool { column == nil }
    var isEmpty: Bool { column != nil && first > last && !holdsNulls }

    /// Not for one that is all.
    func select(_ bitmap: inout Bitmap, _ joining: Bitmap.Joining) {
        guard holdsNulls else { return select(&bitmap, first, last, joining) }
        var own = Bitmap(count: bitmap.count)
        select(&own, first, last, .replacing)
        select(&own, null, null, .widening)
        bitmap.join(own, joining)
    }

    // MARK: -

    private func select(_ bitmap: inout Bitmap, _ first: Int64, _ last: Int64, _ joining: Bitmap.Joining) {
        let isEmpty = first > last
        switch column {
        case .codes(let codes):
            if isEmpty {
                if joining != .widening { bitmap.join(Bitmap(count: bitmap.count), .replacing) }
            } else {
                bitmap.select(codes, Int(first)...Int(last), joining)
            }
        case .seconds(let seconds): bitmap.select(seconds, from: first, through: last, joining)
        case .numbers(let numbers):
            bitmap.select(
                numbers, from: isEmpty ? 1 : Int32(truncatingIfNeeded: first),
                through: isEmpty ? 0 : Int32(truncatingIfNeeded: last), joining)
        case nil: break
        }
    }

    /// Leaves the rows on one side of a value, and those that agree with it unless that is strict.
    private mutating func leave(
        _ value: KeyValues.Value, _ key: SortKey, _ texts: TextColumn?, _ part: ClusterPart, isAfter: Bool,
        isStrict: Bool
    ) {
        let agreeing: ClosedRange<Int64>?
        /// The first place behind the value.
        let behind: Int64
        switch value {
        case .null:
            // Nulls come last whatever the direction.
            if isAfter { (first, last) = (1, 0) }
            if isStrict { holdsNulls = false }
            return
        case .text(let text, let isCut):
            guard let texts else { return }
            let found = texts.lowerBound(text.span)
            behind = Int64(found.code) + (found.isEqual ? 1 : 0)
            // How a text goes on that was cut is not known.
            agreeing = isCut ? Int64(found.code)...Int64(texts.nullCode) : found.isEqual ? behind - 1...behind - 1 : nil
        case .time(let time):
            let isWhole = (key.field == .createAt ? part.createAt : part.updateAt).nanoseconds.isEmpty
            behind = time.seconds + 1
            agreeing = time.seconds...time.seconds
            if !isWhole || time.nanoseconds != 0 {
                cut(agreeing, behind, isLower: isAfter != key.isDescending, isStrict: false)
                if !isAfter { holdsNulls = false }
                return
            }
        case .integer(let number):
            // The narrow column holds none of the others.
            let near = min(max(number, Int64(Int32.min)), Int64(Int32.max))
            behind = near + 1
            agreeing = near...near
            if near != number {
                cut(agreeing, behind, isLower: isAfter != key.isDescending, isStrict: false)
                if !isAfter { holdsNulls = false }
                return
            }
        case .boolean: return
        }
        cut(agreeing, behind, isLower: isAfter != key.isDescending, isStrict: isStrict && !value.isCut)
        if !isAfter { holdsNulls = false }
    }

    private mutating func cut(_ agreeing: ClosedRange<Int64>?, _ behind: Int64, isLower: Bool, isStrict: Bool) {
        if isLower {
            first = max(first, isStrict ? agreeing.map { $0.upperBound + 1 } ?? behind : agreeing?.lowerBound ?? behind)
        } else {
            last = min(last, isStrict ? (agreeing?.lowerBound ?? behind) - 1 : agreeing?.upperBound ?? behind - 1)
        }
    }
}

extension KeyValues.Value {
    fileprivate var isCut: Bool { if case .text(_, isCut: true) = self { true } else { false } }
}
