import JSON
import Query
import ReleaseModel
import Timing

extension JSONWriter {
    /// The coverage block: the counts always, the clusters as far as `detail` asks.
    mutating func coverage(_ coverage: Coverage, detail: ListRequest.CoverageDetail) {
        beginObject()
        member("targeted", coverage.items.count)
        member("fresh", coverage.count(.fresh))
        member("stale", coverage.count(.stale))
        member("missing", coverage.count(.missing))
        member("skipped", coverage.count(.skipped))
        key("clusters")
        beginArray()
        for item in coverage.listed(detail) {
            beginObject()
            coverageMembers(item)
            endObject()
        }
        endArray()
        endObject()
    }

    /// One cluster's members; what is not known is left out.
    mutating func coverageMembers(_ item: Coverage.Item) {
        member("cluster_id", item.id.text)
        member("cluster_name", item.name)
        member("state", item.state.rawValue)
        if let asOf = item.asOf { member("as_of", asOf.rfc3339) }
        if let reason = item.reason { member("reason", reason.rawValue) }
        if let retryAt = item.retryAt { member("retry_at", retryAt.rfc3339) }
        if let id = item.upstreamRequestID { member("upstream_request_id", id) }
        if item.dropped > 0 { member("dropped", item.dropped) }
        if item.repaired > 0 { member("repaired", item.repaired) }
    }

    /// The snapshot block: which one, and the age of its oldest and newest rows among those covered.
    mutating func snapshot(_ snapshot: Snapshot, coverage: Coverage) {
        let moments = coverage.items.lazy.compactMap(\.asOf)
        beginObject()
        member("id", "s-" + snapshot.id.hex(bytes: 16))
        member("oldest", moments.min()?.rfc3339)
        member("newest", moments.max()?.rfc3339)
        endObject()
    }

    mutating func warnings(_ warnings: [ListRequest.Warning]) {
        beginArray()
        for warning in warnings {
            beginObject()
            member("code", warning.code)
            member("message", warning.message)
            endObject()
        }
        endArray()
    }
}
