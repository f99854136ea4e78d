import Columns
import JSON
import ReleaseModel
import Timing

/// Writes rows of one snapshot as JSON objects, members in the order of `ReleaseField`.
///
/// Without `fields`, and in the basic view, a row is what was rendered at ingest between its cluster's members and
/// `stale`. Else its members are written one by one. One writer serves one answer.
package struct RowWriter {
    private let entries: [ClusterEntry]
    /// Nil: the basic view.
    private let fields: [ReleaseField]?
    /// The members of each cluster met so far, rendered.
    private var clusterMembers: [Int: [UInt8]] = [:]

    /// - Parameter fields: nil for all of the view.
    package init(_ snapshot: Snapshot, view: ListRequest.View, fields: [ReleaseField]?) {
        entries = snapshot.entries
        self.fields = fields ?? (view == .full ? ReleaseField.allCases : nil)
    }

    /// Appends one row's object. A reference that is not of the snapshot appends nothing.
    package mutating func append(_ row: RowReference, isStale: Bool, to writer: inout JSONWriter) {
        guard entries.indices.contains(row.entry), let part = entries[row.entry].part,
            part.rows.indices.contains(row.row)
        else { return }
        writer.beginObject()
        if let fields {
            append(part.rows[row.row], of: entries[row.entry].cluster, fields, isStale: isStale, to: &writer)
        } else {
            writer.rawMembers(members(ofCluster: row.entry))
            writer.rawMembers(part.rendered[row.row])
            writer.member("stale", isStale)
        }
        writer.endObject()
    }

    // MARK: -

    private mutating func members(ofCluster entry: Int) -> [UInt8] {
        if let members = clusterMembers[entry] { return members }
        var writer = JSONWriter(capacity: 256)
        for field in [ReleaseField.clusterID, .clusterName, .region, .projectID, .labels] {
            Self.append(field, of: entries[entry].cluster, to: &writer)
        }
        clusterMembers[entry] = writer.bytes
        return writer.bytes
    }

    private static func append(_ field: ReleaseField, of cluster: Cluster, to writer: inout JSONWriter) {
        switch field {
        case .clusterID: writer.member("cluster_id", cluster.id.text)
        case .clusterName: writer.member("cluster_name", cluster.name)
        case .region: writer.member("region", cluster.region)
        case .projectID: writer.member("project_id", cluster.projectID)
        default:
            writer.key("labels")
            writer.beginObject()
            for (key, value) in cluster.labels.sorted(by: { ByteText.compare($0.key, $1.key) < 0 }) {
                writer.key(key)
                writer.string(value)
            }
            writer.endObject()
        }
    }

    private func append(
        _ row: ReleaseRow, of cluster: Cluster, _ fields: [ReleaseField], isStale: Bool, to writer: inout JSONWriter
    ) {
        var withheld: [StaticString]?
        func appendHeavy(_ name: StaticString, _ field: HeavyFields.Field) {
            if withheld == nil { withheld = [] }
            switch field {
            case .absent: writer.member(name, String?.none)
            case .held(let held):
                if let text = try? held.text() {
                    writer.member(name, String(decoding: text, as: UTF8.self))
                } else {
                    fallthrough
                }
            case .withheld:
                writer.member(name, String?.none)
                withheld?.append(name)
            }
        }
        func appendWithheld() {
            guard let names = withheld else { return }
            writer.key("withheld")
            writer.beginArray()
            for name in names { writer.string(name.description) }
            writer.endArray()
        }
        for field in fields {
            switch field {
            case .clusterID, .clusterName, .region, .projectID, .labels: Self.append(field, of: cluster, to: &writer)
            case .namespace: writer.member("namespace", row.namespace)
            case .name: writer.member("name", row.name)
            case .version: writer.member("version", row.version)
            case .chartName: writer.member("chart_name", row.chartName)
            case .chartVersion: writer.member("chart_version", row.chartVersion)
            case .chartPublic: writer.member("chart_public", row.chartPublic)
            case .status: writer.member("status", row.status)
            case .statusDescription: writer.member("status_description", row.statusDescription)
            case .createAt: writer.member("create_at", row.createAt?.rfc3339)
            case .updateAt: writer.member("update_at", row.updateAt?.rfc3339)
            case .description: writer.member("description", row.description)
            case .parameters: appendHeavy("parameters", row.heavy.parameters)
            case .values: appendHeavy("values", row.heavy.values)
            case .resources: appendHeavy("resources", row.heavy.resources)
            case .stale:
                appendWithheld()
                withheld = nil
                writer.member("stale", isStale)
            }
        }
        appendWithheld()
    }
}
