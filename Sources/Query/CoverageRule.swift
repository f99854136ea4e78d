import ReleaseModel
import Timing

/// How old rows may be, and since when the reader has been waiting.
package struct FreshnessRule: Sendable {
    /// At least `inventory.minRefreshInterval`.
    package let maxAge: Duration
    /// When the request came, by `TimeSource.uptime`.
    package let askedAt: Duration
    package init(maxAge: Duration, askedAt: Duration) {
        self.maxAge = maxAge
        self.askedAt = askedAt
    }

    /// Within the age, or fetched since the request came, and no later attempt failed.
    package func isFresh(_ standing: Standing, uptime: Duration) -> Bool {
        guard let success = standing.lastSuccess, standing.lastFailure == nil else { return false }
        return success.sentUptime >= askedAt || uptime - success.sentUptime <= maxAge
    }
}

extension Coverage {
    /// Judges every targeted entry; one item for each of `entries`, in their order.
    ///
    /// - Parameter gaps: those of the snapshot's that concern the question.
    /// A failure explains better than the call that runs to repair it, so the last attempt's reason goes before `pending`,
    /// and that before `aged` or `never_loaded`. So `circuit_open` is the reason only where no failure of the cluster's own
    /// explains why it is not asked.
    package init(
        of snapshot: Snapshot, entries: [Int], gaps: [DiscoveryGap], rule: FreshnessRule, uptime: Duration,
        onMissing: ListRequest.OnMissing
    ) {
        self.init(
            items: entries.map { index in
                Item(of: snapshot.entries[index], rule: rule, uptime: uptime, omitsStale: onMissing == .omit)
            }, gaps: gaps)
    }

    /// Those of `entries`, the ones that were judged, whose rows take part: all but the missing.
    ///
    /// The rows of a skipped cluster stay, labelled stale, also where stale clusters are omitted.
    package func rowEntries(of entries: [Int]) -> [Int] {
        zip(entries, items).filter { $0.1.state != .missing }.map(\.0)
    }

    /// What the `coverage` parameter asks to be listed; `problems` is what is not simply fresh.
    package func listed(_ detail: ListRequest.CoverageDetail) -> [Item] {
        switch detail {
        case .all: items
        case .none: []
        case .problems: items.filter { $0.state != .fresh || $0.reason != nil || $0.dropped > 0 || $0.repaired > 0 }
        }
    }
}

extension Standing {
    /// Why there is nothing newer although nothing failed.
    fileprivate func reasonOfSilence(wasNeverTried: Bool) -> Reason {
        if isPending { return .pending }
        if circuit != nil { return .circuitOpen }
        return wasNeverTried ? .neverLoaded : .aged
    }
}

extension Coverage.Item {
    fileprivate init(of entry: ClusterEntry, rule: FreshnessRule, uptime: Duration, omitsStale: Bool) {
        let standing = entry.standing
        self.init(id: entry.clusterID, name: entry.clusterName, state: .fresh)
        let part = entry.part
        if let part {
            asOf = standing.lastSuccess?.sentAt
            dropped = part.dropped
            repaired = part.repaired
        }
        if let skip = entry.skip {
            state = .skipped
            reason = skip
            return
        }
        if part != nil, rule.isFresh(standing, uptime: uptime) {
            reason = dropped > 0 ? .invalidResponse : nil
            return
        }
        state = part == nil || omitsStale ? .missing : .stale
        // A cluster whose rows were given up without a failure was tried all the same.
        let wasNeverTried = part == nil && standing.lastSuccess == nil
        reason = standing.lastFailure?.reason ?? standing.reasonOfSilence(wasNeverTried: wasNeverTried)
        retryAt = standing.retryAt
        upstreamRequestID = standing.lastFailure?.upstreamRequestID
        if state == .missing {
            // Nothing of the part is in the answer, so nothing is said of it.
            (asOf, dropped, repaired) = (nil, 0, 0)
        }
    }
}
