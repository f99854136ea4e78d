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
        for item in coverage.items where detail.lists(item) {
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

extension ListRequest.CoverageDetail {
    /// `problems` are all clusters of which something is to be said.
    func lists(_ item: Coverage.Item) -> Bool {
        switch self {
        case .all: true
        case .none: false
        case .problems: item.state != .fresh || item.dropped > 0 || item.repaired > 0
        }
    }
}

extension ListRequest.Requirement {
    /// Whether `coverage` has what was required. Clusters of which no answer is expected count neither way; a named
    /// cluster that is not among those targeted is not covered.
    func isMet(by coverage: Coverage) -> Bool {
        let expected = coverage.items.count - coverage.count(.skipped)
        switch self {
        case .any: return coverage.items.isEmpty || coverage.items.contains { $0.state == .fresh || $0.state == .stale }
        case .all: return coverage.count(.fresh) == expected
        case .percent(let percent): return coverage.count(.fresh) * 100 >= expected * percent
        case .clusters(let ids):
            let covered = Set(coverage.items.filter { $0.state == .fresh || $0.state == .skipped }.map(\.id))
            return ids.allSatisfy(covered.contains)
        }
    }
}
