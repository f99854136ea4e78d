import Columns
import ReleaseModel
import Timing

/// Compares the rows of one snapshot: a total order, since the identity is its last part.
///
/// Values are compared where they stand, by the snapshot's tables; nothing is copied out of a part.
final class RowOrder: Sendable {
    let snapshot: Snapshot
    /// With the identity appended.
    let keys: [SortKey]
    /// How many keys at the front are about the cluster alone.
    let leading: Int
    /// Within one cluster the order is that of its part: namespace, then name.
    let isPartOrder: Bool
    /// Of the first key about rows, where rows are not in its order already; nil: `rank` says nothing.
    private let rankColumn: TableColumn?

    init(_ order: [SortKey], of snapshot: Snapshot) {
        let keys = SortKey.total(order)
        self.snapshot = snapshot
        self.keys = keys
        leading = keys.prefix { $0.field.isOfCluster }.count
        isPartOrder = Array(keys.filter { !$0.field.isOfCluster }.prefix(2)) == [SortKey(.namespace), SortKey(.name)]
        rankColumn = leading > 0 && isPartOrder ? nil : keys[leading].field.tableColumn
    }

    /// Negative when `left` comes before `right`; zero only for one and the same row.
    func compare(_ left: RowReference, _ right: RowReference) -> Int {
        for index in keys.indices {
            let order = compare(left, right, byKey: index)
            if order != 0 { return order }
        }
        return 0
    }

    /// By the leading keys alone.
    func compareClusters(_ left: Int, _ right: Int) -> Int {
        for index in 0..<leading {
            let order = compareClusters(left, right, byKey: index)
            if order != 0 { return order }
        }
        return 0
    }

    /// Among rows whose leading keys are equal, one of a lower rank comes first; of equal ranks it is not known.
    func rank(_ row: RowReference) -> Int64 {
        guard let rankColumn else { return 0 }
        let isDescending = keys[leading].isDescending
        if case .numbers(.version) = rankColumn, !snapshot.tables.isExact(.version, row.entry) {
            guard let version = rows(of: row.entry).part.versions[row.row] else { return .max }
            return isDescending ? ~version : version
        }
        return snapshot.tables.rank(rankColumn, row.inTable, isDescending: isDescending)
    }

    func rows(of entry: Int) -> ReleaseRows { snapshot.entries[entry].part?.rows ?? .none }

    // MARK: -

    /// What an entry's cluster is sorted by; `key` is one about clusters.
    func clusterValue(_ entry: Int, byKey key: Int) -> String? { keys[key].field.value(of: snapshot.entries[entry]) }

    func compareClusters(_ left: Int, _ right: Int, byKey key: Int) -> Int {
        if left == right { return 0 }
        let key = keys[key]
        let entries = snapshot.entries
        switch key.field {
        // Entries are sorted by id.
        case .clusterID: return key.directed(left - right)
        case .clusterName: return key.directed(ByteText.compare(entries[left].clusterName, entries[right].clusterName))
        case .region: return key.directed(ByteText.compare(entries[left].region, entries[right].region))
        default: break
        }
        return key.nullsLast(
            key.field.value(of: entries[left]), key.field.value(of: entries[right]),
            ByteText.compare)
    }

    private func compare(_ left: RowReference, _ right: RowReference, byKey index: Int) -> Int {
        let key = keys[index]
        switch key.field {
        case .clusterID, .clusterName, .region, .projectID:
            return compareClusters(left.entry, right.entry, byKey: index)
        case .name: return key.directed(snapshot.tables.compareNames(left.inTable, right.inTable))
        case .namespace: return compare(.namespace, left, right, key)
        case .chartName: return compare(.chartName, left, right, key)
        case .status: return compare(.status, left, right, key)
        case .version: return compare(.version, left, right, key) { $0.versions[$1] }
        case .createAt: return compare(.createAt, left, right, key) { $0.createAt[$1] }
        case .updateAt: return compare(.updateAt, left, right, key) { $0.updateAt[$1] }
        case .chartPublic: return compare(.chartPublic, left, right, key) { $0.chartPublic[$1].map { $0 ? 1 : 0 } }
        case .chartVersion:
            let (ours, theirs) = (rows(of: left.entry).part.chartVersions, rows(of: right.entry).part.chartVersions)
            return key.compare(ours, left.row, theirs, right.row, by: SemanticVersion.compareTexts)
        case .severity:
            let (ours, theirs) = (rows(of: left.entry).part.statuses, rows(of: right.entry).part.statuses)
            return key.directed(
                Self.compareValues(
                    Severity.of(status: ours[left.row]), Severity.of(status: theirs[right.row])))
        }
    }

    private func compare(
        _ column: ColumnTable.Texts, _ left: RowReference, _ right: RowReference, _ key: SortKey
    ) -> Int {
        snapshot.tables.compare(column, left.inTable, right.inTable, isDescending: key.isDescending)
    }

    /// - Parameter value: for parts whose tables do not say all.
    private func compare<Value: Comparable & Sendable>(
        _ column: ColumnTable.Numbers, _ left: RowReference, _ right: RowReference, _ key: SortKey,
        value: (ClusterPart, Int) -> Value?
    ) -> Int {
        let tables = snapshot.tables
        if tables.isExact(column, left.entry), tables.isExact(column, right.entry) {
            // No number of an exact column has the rank of null.
            return Self.compareValues(
                tables.rank(.numbers(column), left.inTable, isDescending: key.isDescending),
                tables.rank(.numbers(column), right.inTable, isDescending: key.isDescending))
        }
        return key.nullsLast(
            value(rows(of: left.entry).part, left.row), value(rows(of: right.entry).part, right.row),
            Self.compareValues)
    }

    static func compareValues<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }
}

extension RowReference {
    var inTable: TableList.Row { TableList.Row(table: entry, row: row) }
}

extension SortField {
    /// Nil too for what is not about clusters.
    fileprivate func value(of entry: ClusterEntry) -> String? {
        switch self {
        case .clusterID: entry.clusterID.text
        case .clusterName: entry.clusterName
        case .region: entry.region
        case .projectID: entry.projectID
        default: nil
        }
    }

    /// The column that is in the field's order; nil for what is about clusters or has an order of its own.
    var tableColumn: TableColumn? {
        switch self {
        case .namespace: .texts(.namespace)
        case .name: .names
        case .version: .numbers(.version)
        case .chartName: .texts(.chartName)
        case .chartPublic: .numbers(.chartPublic)
        case .status: .texts(.status)
        case .createAt: .numbers(.createAt)
        case .updateAt: .numbers(.updateAt)
        case .clusterID, .clusterName, .region, .projectID, .chartVersion, .severity: nil
        }
    }
}

extension SortKey {
    /// Two rows' texts, each where it stands.
    fileprivate func compare(
        _ column: TextColumn, _ row: Int, _ other: TextColumn, _ otherRow: Int,
        by compare: (Span<UInt8>, Span<UInt8>) -> Int
    ) -> Int {
        let (code, otherCode) = (column.codes[row], other.codes[otherRow])
        switch (code == column.nullCode, otherCode == other.nullCode) {
        case (true, true): return 0
        case (true, false): return 1
        case (false, true): return -1
        case (false, false):
            let (texts, others) = (column.dictionary, other.dictionary)
            return directed(
                compare(
                    texts.bytes.span.extracting(texts.range(of: code)),
                    others.bytes.span.extracting(others.range(of: otherCode))))
        }
    }
    func directed(_ order: Int) -> Int { isDescending ? (order < 0 ? 1 : order > 0 ? -1 : 0) : order }

    func nullsLast<Value>(_ left: Value?, _ right: Value?, _ compare: (Value, Value) -> Int) -> Int {
        switch (left, right) {
        case (let left?, let right?): directed(compare(left, right))
        case (.some, nil): -1
        case (nil, .some): 1
        case (nil, nil): 0
        }
    }
}
