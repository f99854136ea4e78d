import Query
import ReleaseModel
import Timing

/// What one answer reads: a snapshot, and what is said of it.
struct ReleaseReading {
    let snapshot: Snapshot
    /// The entries aimed at, and for each its coverage in the same order.
    let entries: [Int]
    let coverage: Coverage
    /// What relative times are reckoned from.
    let clock: Instant

    /// Exact names of clusters were asked for that do not exist, besides others that do.
    var namesUnknown = false
    /// By `TimeSource.uptime`: the snapshot was taken then or later. Nil: at an unknown time before.
    var readAt: Duration?

    /// Entries whose rows take part.
    var rowsFrom: [Int] { coverage.rowEntries(of: entries) }
    /// Clusters that a call could make fresher.
    var unfresh: [ClusterID] {
        zip(entries, coverage.items).compactMap { entry, item in
            guard item.state == .stale || item.state == .missing else { return nil }
            return snapshot.entries[entry].skip == nil ? item.id : nil
        }
    }
    /// Rows were kept back that the snapshot has.
    var leavesRowsOut: Bool {
        zip(entries, coverage.items).contains { $1.state == .missing && snapshot.entries[$0].part != nil }
    }

    var warnings: [ListRequest.Warning] {
        let unknown = ListRequest.Warning(
            code: "unknown_clusters", message: "some of the clusters asked for by id or name are not known")
        return (namesUnknown ? [unknown] : []) + coverage.gaps.map(\.warning)
    }

    /// Whether the rows of an entry are told to be old.
    func isStale(_ entry: Int) -> Bool {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return !(low < entries.count && entries[low] == entry && coverage.items[low].state == .fresh)
    }

    /// What must be there before anything is answered: rows of some cluster, and as much as was required.
    func check(_ request: ListRequest, now: Instant) throws(APIProblem) {
        switch request.verdict(on: coverage) {
        case .answer: return
        case .noData: throw problem(.noData, "no targeted cluster has usable rows", request, now: now)
        case .notMet:
            throw problem(.coverageNotMet, "less is fresh than require or on_missing asks for", request, now: now)
        }
    }

    private func problem(
        _ code: ProblemCode, _ detail: String, _ request: ListRequest, now: Instant
    ) -> APIProblem {
        var problem = APIProblem(code, detail)
        problem.coverage = coverage
        problem.coverageDetail = request.coverage
        problem.warnings = coverage.gaps.map(\.warning)
        problem.retryAfterSeconds = coverage.retryAfterSeconds(now: now)
        return problem
    }
}

extension Coverage {
    /// When asking again may help: the earliest planned attempt, within 1 to 60 seconds; 5 when none is planned.
    func retryAfterSeconds(now: Instant) -> Int {
        guard let next = items.lazy.compactMap(\.retryAt).min() else { return 5 }
        let seconds = next.seconds - now.seconds
        return Int(min(max(seconds, 1), 60))
    }
}
