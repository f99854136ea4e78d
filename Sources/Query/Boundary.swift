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
        if part.contentHash.words.0 == place.content, Int(place.row) < part.rows.count {
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
            for (index, sortKey) in keys.enumerated() {
                let order = compare(row, with: key.values[index], by: sortKey)
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
            for (index, sortKey) in keys[..<leading].enumerated() {
                let order = compare(RowReference(entry: entry, row: 0), with: key.values[index], by: sortKey)
                if order != 0 { return order }
            }
            return 0
        }
    }

    /// The value by which a row is sorted.
    func value(of field: SortField, _ row: RowReference) -> KeyValues.Value {
        func text(_ text: String?) -> KeyValues.Value { text.map { .text(Array($0.utf8), isCut: false) } ?? .null }
        let cluster = entries[row.entry].cluster
        switch field {
        case .clusterID: return text(cluster.id.text)
        case .clusterName: return text(cluster.name)
        case .region: return text(cluster.region)
        case .projectID: return text(cluster.projectID)
        default: break
        }
        guard let release = entries[row.entry].part?.rows[row.row] else { return .null }
        return switch field {
        case .clusterID, .clusterName, .region, .projectID: .null
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
            switch (value(of: keys[index].field, row), key.values[index]) {
            case (.text(let text, _), .text(let prefix, isCut: true)):
                text.count > prefix.count && text.starts(with: prefix)
            case (let ours, let theirs): ours == theirs
            }
        }
    }

    private func compare(_ row: RowReference, with value: KeyValues.Value, by key: SortKey) -> Int {
        let cluster = entries[row.entry].cluster
        switch key.field {
        case .clusterID: return compare(cluster.id.text, with: value, by: key)
        case .clusterName: return compare(cluster.name, with: value, by: key)
        case .region: return compare(cluster.region, with: value, by: key)
        case .projectID: return compare(cluster.projectID, with: value, by: key)
        default: break
        }
        guard let rows = entries[row.entry].part?.rows else { return 0 }
        switch key.field {
        case .namespace: return compare(rows[row.row].namespace, with: value, by: key)
        case .name: return compare(rows[row.row].name, with: value, by: key)
        case .chartName: return compare(rows[row.row].chartName, with: value, by: key)
        case .chartVersion: return compare(rows[row.row].chartVersion, with: value, by: key)
        case .status: return compare(rows[row.row].status, with: value, by: key)
        default: break
        }
        return switch (self.value(of: key.field, row), value) {
        case (.null, .null): 0
        case (.null, _): 1
        case (_, .null): -1
        case (.integer(let ours), .integer(let theirs)): key.directed(Self.compareValues(ours, theirs))
        case (.boolean(let ours), .boolean(let theirs)): key.directed((ours ? 1 : 0) - (theirs ? 1 : 0))
        case (.time(let ours), .time(let theirs)): key.directed(Self.compareValues(ours, theirs))
        default: 1  // the key was checked against the fields
        }
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
