import ReleaseModel
import Timing

/// Compares the rows of one snapshot: a total order, since the identity is its last part.
struct RowOrder {
    let entries: [ClusterEntry]
    /// With the identity appended.
    let keys: [SortKey]
    /// How many keys at the front are about the cluster alone.
    let leading: Int
    /// Within one cluster the order is that of its part: namespace, then name.
    let isPartOrder: Bool

    init(_ order: [SortKey], of snapshot: Snapshot) {
        entries = snapshot.entries
        keys = SortKey.total(order)
        leading = keys.prefix { $0.field.isOfCluster }.count
        isPartOrder = Array(keys.filter { !$0.field.isOfCluster }.prefix(2)) == [SortKey(.namespace), SortKey(.name)]
    }

    /// Negative when `left` comes before `right`; zero only for one and the same row.
    func compare(_ left: RowReference, _ right: RowReference) -> Int {
        for key in keys {
            let order = compare(left, right, by: key)
            if order != 0 { return order }
        }
        return 0
    }

    /// By the leading keys alone.
    func compareClusters(_ left: Int, _ right: Int) -> Int {
        for key in keys[..<leading] {
            let order = compareClusters(left, right, by: key)
            if order != 0 { return order }
        }
        return 0
    }

    // MARK: -

    private func compareClusters(_ left: Int, _ right: Int, by key: SortKey) -> Int {
        if left == right { return 0 }
        switch key.field {
        case .clusterID:
            return key.directed(ByteText.compare(entries[left].cluster.id.text, entries[right].cluster.id.text))
        case .clusterName:
            return key.directed(ByteText.compare(entries[left].cluster.name, entries[right].cluster.name))
        case .region:
            return key.directed(ByteText.compare(entries[left].cluster.region, entries[right].cluster.region))
        case .projectID:
            return key.nullsLast(
                entries[left].cluster.projectID, entries[right].cluster.projectID, ByteText.compare)
        default: return 0
        }
    }

    private func compare(_ left: RowReference, _ right: RowReference, by key: SortKey) -> Int {
        if key.field.isOfCluster { return compareClusters(left.entry, right.entry, by: key) }
        guard let ours = entries[left.entry].part?.rows, let theirs = entries[right.entry].part?.rows else { return 0 }
        let (one, other) = (left.row, right.row)
        switch key.field {
        case .namespace: return key.directed(ByteText.compare(ours[one].namespace, theirs[other].namespace))
        case .name: return key.directed(ByteText.compare(ours[one].name, theirs[other].name))
        case .version: return key.nullsLast(ours[one].version, theirs[other].version, Self.compareValues)
        case .chartName: return key.nullsLast(ours[one].chartName, theirs[other].chartName, ByteText.compare)
        case .chartVersion:
            return key.nullsLast(ours[one].chartVersion, theirs[other].chartVersion, SemanticVersion.compareTexts)
        case .chartPublic:
            return key.nullsLast(ours[one].chartPublic, theirs[other].chartPublic) { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
        case .status: return key.nullsLast(ours[one].status, theirs[other].status, ByteText.compare)
        case .severity:
            let severities = (Severity.of(status: ours[one].status), Severity.of(status: theirs[other].status))
            return key.directed(Self.compareValues(severities.0, severities.1))
        case .createAt: return key.nullsLast(ours[one].createAt, theirs[other].createAt, Self.compareValues)
        case .updateAt: return key.nullsLast(ours[one].updateAt, theirs[other].updateAt, Self.compareValues)
        case .clusterID, .clusterName, .region, .projectID: return 0  // above
        }
    }

    static func compareValues<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }
}

extension SortKey {
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
