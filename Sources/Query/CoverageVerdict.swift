import ReleaseModel

/// Whether what is covered is enough for an answer.
package enum CoverageVerdict: Sendable, Equatable {
    case answer
    /// 503 `no_data`: clusters are targeted and none is fresh or stale.
    case noData
    /// 503 `coverage_not_met`: less than `require` or `on_missing=fail` asks for.
    case notMet
}

extension ListRequest {
    /// Judges page 1. A question that targets no cluster has its answer, none, unless clusters may be meant that are
    /// not known: then nothing is, and neither is what share of them is fresh.
    ///
    /// Skipped clusters count on neither side: where all are skipped there is no data, whatever was kept of them.
    package func verdict(on coverage: Coverage) -> CoverageVerdict {
        let fresh = coverage.count(.fresh)
        let hasNone = fresh + coverage.count(.stale) == 0
        if hasNone, coverage.isBlind || !coverage.items.isEmpty { return .noData }
        let asked = coverage.items.count - coverage.count(.skipped)
        if onMissing == .fail, fresh < asked || coverage.isBlind { return .notMet }
        let isMet =
            switch require {
            case .any: true  // one is fresh or stale, or there would be no data
            case .all: fresh == asked && !coverage.isBlind
            case .percent(let percent): percent == 0 || fresh * 100 >= percent * asked && !coverage.isBlind
            case .clusters(let ids): coverage.holds(ids)
            }
        return isMet ? .answer : .notMet
    }
}

extension Coverage {
    /// Each of them is targeted, and fresh or skipped.
    fileprivate func holds(_ ids: [ClusterID]) -> Bool {
        let sound = Set(items.filter { $0.state == .fresh || $0.state == .skipped }.map(\.id))
        return ids.allSatisfy(sound.contains)
    }
}
