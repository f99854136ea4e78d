import JSON
import Query
import ReleaseModel

/// Writes rows as the members of an answer.
struct RowWriter {
    let snapshot: Snapshot
    let view: ListRequest.View
    let fields: [ReleaseField]?
    let isStale: (Int) -> Bool

    func append(_ row: RowReference, to writer: inout JSONWriter) {
        let holder = snapshot.entries[row.entry]
        guard let part = holder.part else { return }
        writer.beginObject()
        writer.member("cluster_id", holder.cluster.id.text)
        writer.member("cluster_name", holder.cluster.name)
        writer.rawMembers(part.rendered[row.row])
        writer.member("stale", isStale(row.entry))
        writer.endObject()
    }
}
