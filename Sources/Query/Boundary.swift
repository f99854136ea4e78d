import Columns
import ReleaseModel
import Timing

/// Where a page begins: after a row that is still there, or after the values of a key.
enum Boundary {
    case row(RowReference)
    case values(KeyValues)

    /// A key whose texts were cut is the row it names, where `snapshot` still has that row unchanged.
    init(_ key: KeyValues, in order: RowOrder, of snapshot: Snapshot) {
        self = .values(key)
        guard let place = key.place, let id = key.clusterID(order.keys), let entry = snapshot.index(of: id),
            let part = snapshot.entries[entry].part
        else { return }
        if part.contentHash.words.0 == place.content, Int(place.row) < order.rows(of: entry).count {
            let row = RowReference(entry: entry, row: Int(place.row))
            if order.agrees(row, with: key) { self = .row(row) }
        }
    }
}

extension KeyValues {
    fileprivate func clusterID(_ keys: [SortKey]) -> ClusterID? {
        guard let index = keys.firstIndex(where: { $0.field == .clusterID }), index < values.count,
            case .text(let bytes, isCut: false) = values[index]
        else { return nil }
        return ClusterID(String(decoding: bytes, as: UTF8.self))
    }
}

extension RowOrder {
    /// Positive when the row comes after the boundary.
    func compare(_ row: RowReference, with boundary: Boundary) -> Int {
        switch boundary {
        case .row(let other): return compare(row, other)
        case .values(let key):
            for index in keys.indices {
                let order = compare(row, with: key.values[index], byKey: index)
                if order != 0 { return order }
            }
            return 0
        }
    }

    /// By the leading keys alone: how all rows of a cluster stand to the boundary, zero when it differs among them.
    func compareCluster(_ entry: Int, with boundary: Boundary) -> Int {
        switch boundary {
        case .row(let other): return compareClusters(entry, other.entry)
        case .values(let key):
            for index in 0..<leading {
                let order = compare(clusterValue(entry, byKey: index), with: key.values[index], by: keys[index])
                if order != 0 { return order }
            }
            return 0
        }
    }

    /// By one key about clusters.
    func compareCluster(_ entry: Int, byKey key: Int, with boundary: Boundary) -> Int {
        switch boundary {
        case .row(let other): compareClusters(entry, other.entry, byKey: key)
        case .values(let values): compare(clusterValue(entry, byKey: key), with: values.values[key], by: keys[key])
        }
    }

    func value(of boundary: Boundary, byKey key: Int) -> KeyValues.Value {
        switch boundary {
        case .row(let row): value(byKey: key, row)
        case .values(let values): values.values[key]
        }
    }

    /// The value by which a row is sorted; `key` is the number of a sort key.
    func value(byKey key: Int, _ row: RowReference) -> KeyValues.Value {
        func text(_ text: String?) -> KeyValues.Value { text.map { .text(Array($0.utf8), isCut: false) } ?? .null }
        let release = rows(of: row.entry)[row.row]
        return switch keys[key].field {
        case .clusterID, .clusterName, .region, .projectID: text(clusterValue(row.entry, byKey: key))
        case .namespace: text(release.namespace)
        case .name: text(release.name)
        case .version: release.version.map { .integer($0) } ?? .null
        case .chartName: text(release.chartName)
        case .chartVersion: text(release.chartVersion)
        case .chartPublic: release.chartPublic.map { .boolean($0) } ?? .null
        case .status: text(release.status)
        case .severity: .integer(Severity.of(status: release.status))
        case .createAt: release.createAt.map { .time($0) } ?? .null
        case .updateAt: release.updateAt.map { .time($0) } ?? .null
        }
    }

    // MARK: -

    /// Whether the row has the key's values, as far as those go.
    fileprivate func agrees(_ row: RowReference, with key: KeyValues) -> Bool {
        keys.indices.allSatisfy { index in
            switch (value(byKey: index, row), key.values[index]) {
            case (.text(let text, _), .text(let prefix, isCut: true)):
                text.count > prefix.count && text.starts(with: prefix)
            case (let ours, let theirs): ours == theirs
            }
        }
    }

    private func compare(_ row: RowReference, with value: KeyValues.Value, byKey index: Int) -> Int {
        let key = keys[index]
        let ours = rows(of: row.entry)
        switch key.field {
        case .clusterID, .clusterName, .region, .projectID:
            return compare(clusterValue(row.entry, byKey: index), with: value, by: key)
        case .namespace: return compare(ours[row.row].namespace, with: value, by: key)
        case .name: return compare(ours[row.row].name, with: value, by: key)
        case .chartName: return compare(ours[row.row].chartName, with: value, by: key)
        case .chartVersion: return compare(ours[row.row].chartVersion, with: value, by: key)
        case .status: return compare(ours[row.row].status, with: value, by: key)
        case .version: return compare(ours[row.row].version, with: value.integer, by: key)
        case .severity: return compare(Severity.of(status: ours[row.row].status), with: value.integer, by: key)
        case .chartPublic: return compare(ours[row.row].chartPublic.map { $0 ? 1 : 0 }, with: value.boolean, by: key)
        case .createAt: return compare(ours[row.row].createAt, with: value.time, by: key)
        case .updateAt: return compare(ours[row.row].updateAt, with: value.time, by: key)
        }
    }

    private func compare<Number: Comparable & Sendable>(_ ours: Number?, with theirs: Number?, by key: SortKey) -> Int {
        key.nullsLast(ours, theirs, Self.compareValues)
    }

    /// Without a copy: it is done for every row.
    private func compare(_ text: String?, with value: KeyValues.Value, by key: SortKey) -> Int {
        guard let text else { return value == .null ? 0 : 1 }
        guard case .text(let theirs, let isCut) = value else { return -1 }
        let ours = text.utf8
        if key.field == .chartVersion {
            // How a cut version compares is not known from its beginning: what is not surely before comes after.
            return isCut ? 1 : key.directed(SemanticVersion.compareTexts(ours.span, theirs.span))
        }
        if isCut, ours.count > theirs.count, ByteText.holds(ours.span, theirs.span, at: 0) { return 1 }
        return key.directed(ByteText.compare(ours.span, theirs.span))
    }
}

extension KeyValues.Value {
    fileprivate var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    fileprivate var boolean: Int? { if case .boolean(let value) = self { value ? 1 : 0 } else { nil } }
    fileprivate var time: Instant? { if case .time(let value) = self { value } else { nil } }
}
