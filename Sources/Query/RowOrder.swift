import Columns
import ReleaseModel
import Timing

/// Compares the rows of one snapshot: a total order, since the identity is its last part.
struct RowOrder {
    /// With the identity appended.
    let keys: [SortKey]
    /// How many keys at the front are about the cluster alone.
    let leading: Int
    /// Within one cluster the order is that of its part: namespace, then name.
    let isPartOrder: Bool
    /// For each entry of the snapshot its rows; empty for those that do not take part.
    let rows: [ReleaseRows]
    /// For each key about clusters, by the number of the key, each entry's value: copied out once, compared often.
    private let clusterValues: [[String?]]

    init(_ order: [SortKey], of snapshot: Snapshot, rowsFrom entries: [Int]) {
        let keys = SortKey.total(order)
        var rows = [ReleaseRows](repeating: .none, count: snapshot.entries.count)
        var clusterValues = keys.map { key in
            key.field.isOfCluster ? [String?](repeating: nil, count: snapshot.entries.count) : []
        }
        for entry in entries {
            rows[entry] = snapshot.entries[entry].part?.rows ?? .none
            let cluster = snapshot.entries[entry].cluster
            for (index, key) in keys.enumerated() where key.field.isOfCluster {
                clusterValues[index][entry] = key.field.value(of: cluster)
            }
        }
        self.keys = keys
        leading = keys.prefix { $0.field.isOfCluster }.count
        isPartOrder = Array(keys.filter { !$0.field.isOfCluster }.prefix(2)) == [SortKey(.namespace), SortKey(.name)]
        self.rows = rows
        self.clusterValues = clusterValues
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

    // MARK: -

    /// What an entry's cluster is sorted by; `key` is one about clusters.
    func clusterValue(_ entry: Int, byKey key: Int) -> String? { clusterValues[key][entry] }

    func compareClusters(_ left: Int, _ right: Int, byKey key: Int) -> Int {
        if left == right { return 0 }
        return keys[key].nullsLast(clusterValues[key][left], clusterValues[key][right], ByteText.compare)
    }

    private func compare(_ left: RowReference, _ right: RowReference, byKey index: Int) -> Int {
        let key = keys[index]
        if key.field.isOfCluster { return compareClusters(left.entry, right.entry, byKey: index) }
        let (ours, theirs) = (rows[left.entry].part, rows[right.entry].part)
        let (one, other) = (left.row, right.row)
        switch key.field {
        case .namespace: return key.compare(ours.namespaces, one, theirs.namespaces, other)
        case .name:
            let (names, others) = (ours.names, theirs.names)
            return key.directed(
                ByteText.compare(
                    names.bytes.span.extracting(names.range(of: one)),
                    others.bytes.span.extracting(others.range(of: other))))
        case .version: return key.nullsLast(ours.versions[one], theirs.versions[other], Self.compareValues)
        case .chartName: return key.compare(ours.chartNames, one, theirs.chartNames, other)
        case .chartVersion:
            return key.compare(
                ours.chartVersions, one, theirs.chartVersions, other, by: SemanticVersion.compareTexts)
        case .chartPublic:
            return key.nullsLast(ours.chartPublic[one], theirs.chartPublic[other]) { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
        case .status: return key.compare(ours.statuses, one, theirs.statuses, other)
        case .severity:
            let severities = (
                Severity.of(status: ours.statuses[one]), Severity.of(status: theirs.statuses[other])
            )
            return key.directed(Self.compareValues(severities.0, severities.1))
        case .createAt: return key.nullsLast(ours.createAt[one], theirs.createAt[other], Self.compareValues)
        case .updateAt: return key.nullsLast(ours.updateAt[one], theirs.updateAt[other], Self.compareValues)
        case .clusterID, .clusterName, .region, .projectID: return 0  // above
        }
    }

    static func compareValues<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }
}

extension SortField {
    /// Nil too for what is not about clusters.
    fileprivate func value(of cluster: Cluster) -> String? {
        switch self {
        case .clusterID: cluster.id.text
        case .clusterName: cluster.name
        case .region: cluster.region
        case .projectID: cluster.projectID
        default: nil
        }
    }
}

extension SortKey {
    /// Two rows' texts, each where it stands.
    fileprivate func compare(
        _ column: TextColumn, _ row: Int, _ other: TextColumn, _ otherRow: Int,
        by compare: (Span<UInt8>, Span<UInt8>) -> Int = ByteText.compare
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
