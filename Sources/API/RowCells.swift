import JSON
import Query
import ReleaseModel
import Timing

/// Rows as cells, for formats of columns. A cell says what the member of its name says in the row's JSON object.
struct RowCells {
    enum Cell: Equatable {
        case null
        case text(String)
        /// A number or a truth value: never anybody's text.
        case literal(String)
        /// An object or an array, as JSON.
        case json(String)
    }
    /// What stands in one column.
    private enum Column {
        case field(ReleaseField)
        case withheld
    }
    /// The members' names, in their order.
    let columns: [String]
    private let sources: [Column]
    private let entries: [ClusterEntry]
    /// The labels of each cluster met so far.
    private var labels: [Int: Cell] = [:]

    /// - Parameter fields: nil for all of the view.
    init(_ snapshot: Snapshot, view: ListRequest.View, fields: [ReleaseField]?) {
        let shown = fields ?? (view == .full ? ReleaseField.allCases : ReleaseField.allCases.filter { !$0.isFullOnly })
        var sources = shown.map(Column.field)
        // As in JSON, behind the last of the fields that can be withheld.
        if shown.contains(where: \.canBeWithheld) {
            sources.insert(.withheld, at: shown.last == .stale ? sources.count - 1 : sources.count)
        }
        self.sources = sources
        columns = sources.map { if case .field(let field) = $0 { field.rawValue } else { "withheld" } }
        entries = snapshot.entries
    }

    /// One for each column; nil for a reference that is not of the snapshot.
    mutating func cells(of row: RowReference, isStale: Bool) -> [Cell]? {
        guard entries.indices.contains(row.entry), let part = entries[row.entry].part,
            part.rows.indices.contains(row.row)
        else { return nil }
        let (cluster, release) = (entries[row.entry].cluster, part.rows[row.row])
        var withheld: [String] = []
        var cells: [Cell] = []
        cells.reserveCapacity(sources.count)
        for source in sources {
            switch source {
            case .withheld: cells.append(Self.list(withheld))
            case .field(.labels): cells.append(labels(of: row.entry))
            case .field(.stale): cells.append(.literal(isStale ? "true" : "false"))
            case .field(let field) where field.canBeWithheld:
                let cell = Self.heavy(field, of: release.heavy)
                if cell == nil { withheld.append(field.rawValue) }
                cells.append(cell ?? .null)
            case .field(let field): cells.append(Self.cell(field, of: release, in: cluster))
            }
        }
        return cells
    }

    // MARK: -

    private static func cell(_ field: ReleaseField, of release: ReleaseRow, in cluster: Cluster) -> Cell {
        func text(_ text: String?) -> Cell { text.map { .text($0) } ?? .null }
        return switch field {
        case .clusterID: text(cluster.id.text)
        case .clusterName: text(cluster.name)
        case .region: text(cluster.region)
        case .projectID: text(cluster.projectID)
        case .namespace: text(release.namespace)
        case .name: text(release.name)
        case .version: release.version.map { .literal(String($0)) } ?? .null
        case .chartName: text(release.chartName)
        case .chartVersion: text(release.chartVersion)
        case .chartPublic: release.chartPublic.map { .literal($0 ? "true" : "false") } ?? .null
        case .status: text(release.status)
        case .statusDescription: text(release.statusDescription)
        case .createAt: text(release.createAt?.rfc3339)
        case .updateAt: text(release.updateAt?.rfc3339)
        case .description: text(release.description)
        case .labels, .parameters, .values, .resources, .stale: .null  // above
        }
    }

    /// Nil when the field is there and not held.
    private static func heavy(_ field: ReleaseField, of heavy: HeavyFields) -> Cell? {
        let held =
            switch field {
            case .parameters: heavy.parameters
            case .values: heavy.values
            default: heavy.resources
            }
        switch held {
        case .absent: return .null
        case .withheld: return nil
        case .held(let held): return (try? held.text()).map { .text(String(decoding: $0, as: UTF8.self)) }
        }
    }

    private mutating func labels(of entry: Int) -> Cell {
        if let cell = labels[entry] { return cell }
        var writer = JSONWriter()
        writer.beginObject()
        for (key, value) in entries[entry].cluster.labels.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
        let cell = Cell.json(String(decoding: writer.bytes, as: UTF8.self))
        labels[entry] = cell
        return cell
    }
    private static func list(_ names: [String]) -> Cell {
        var writer = JSONWriter()
        writer.beginArray()
        for name in names { writer.string(name) }
        writer.endArray()
        return .json(String(decoding: writer.bytes, as: UTF8.self))
    }
}

extension ReleaseField {
    fileprivate var canBeWithheld: Bool { self == .values || self == .parameters || self == .resources }
    fileprivate var isFullOnly: Bool { canBeWithheld || self == .description }
}
