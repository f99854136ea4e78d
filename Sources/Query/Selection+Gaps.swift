import ReleaseModel

extension Selection {
    /// Sources that may hold clusters which are meant and not known: all of the snapshot's but those that what is known
    /// of their clusters rules out.
    package func gaps(in snapshot: Snapshot) -> [DiscoveryGap] {
        snapshot.gaps.filter { filter.mayHold(of: Stranger(gap: $0, snapshot: snapshot)) != false }
    }
}

/// A cluster that nobody has heard of: where it is and its labels are known, its id and name are not.
private struct Stranger {
    let gap: DiscoveryGap
    let snapshot: Snapshot

    /// Nil: it may.
    func meets(_ field: TextField, _ test: TextTest) -> Bool? {
        switch field {
        case .region: gap.region.map { test.matches($0) }
        case .label(let key):
            if let value = gap.labels[bytes: key] {
                test.matches(value)
            } else {
                // Its tags are not known.
                key.utf8.starts(with: "tag.".utf8) ? nil : test.matches(nil)
            }
        case .projectID: gap.projectID.map { test.matches($0) }
        // Its id is none of those known.
        case .clusterID: if case .patterns(let patterns) = test, isKnown(patterns) { false } else { nil }
        case .cluster, .clusterName: nil
        case .namespace, .name, .chartName, .status, .statusDescription, .description: nil
        }
    }

    /// Every id it matches is that of a known cluster.
    private func isKnown(_ patterns: PatternSet) -> Bool {
        patterns.hasExactOnly
            && patterns.exact.allSatisfy { id in
                ClusterID(String(decoding: id, as: UTF8.self)).map { snapshot.index(of: $0) != nil } ?? true
            }
    }
}

extension FilterExpression {
    /// Whether it can hold for a release of that cluster; nil where that hangs on what is not known.
    fileprivate func mayHold(of stranger: Stranger) -> Bool? {
        switch self {
        case .all: return true
        case .term(.text(let field, anyOf: let patterns)):
            return stranger.meets(field, .patterns(PatternSet(patterns)))
        case .term(.textOrder(let field, let comparison, let text)):
            return stranger.meets(field, .order(comparison, text))
        case .term: return nil
        case .not(let inner): return inner.mayHold(of: stranger).map { !$0 }
        case .and(let members): return Self.joined(members, stranger, deciding: false)
        case .or(let members): return Self.joined(members, stranger, deciding: true)
        }
    }

    private static func joined(_ members: [FilterExpression], _ stranger: Stranger, deciding: Bool) -> Bool? {
        var result: Bool? = !deciding
        for member in members {
            let held = member.mayHold(of: stranger)
            if held == deciding { return deciding }
            if held == nil { result = nil }
        }
        return result
    }
}
