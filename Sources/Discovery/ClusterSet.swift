import CCE
import ReleaseModel
import Timing

/// The full set of clusters: those of the configuration and those found, merged by id.
struct ClusterSet: Sendable {
    let configured: [ClusterConfig]
    private(set) var entries: [DiscoveryEntry]
    /// The set of the configuration that this one follows.
    let previous: [Cluster]?
    /// Everything that there was to ask was once asked. What comes later holds nothing back.
    private var wasTried = false
    private var lastNumber = 0

    init(configured: [ClusterConfig], discovery: [DiscoveryConfig], continuing before: ClusterSet? = nil) {
        self.configured = configured
        previous = before?.current
        var number = 0
        entries = discovery.map { DiscoveryEntry($0, continuing: before?.entries ?? [], lastNumber: &number) }
        lastNumber = number
        noteTried()
    }

    /// Sorted by id. Nil while it would be a guess: without configured clusters nothing is known until every source has
    /// been tried, and nothing after that until one of them has brought a list, for "no clusters" must not be said of
    /// a cloud that did not answer. After a reload the clusters before it stay until every source has been tried, so
    /// that none goes only because it is now found in another way.
    var current: [Cluster]? {
        let sources = entries.lazy.flatMap(\.sources).map(\.source)
        var merged: [ClusterID: Cluster] = [:]
        if let previous, !wasTried {
            for cluster in previous { merged[cluster.id] = cluster }
        } else if configured.isEmpty {
            guard wasTried, entries.isEmpty || sources.contains(where: { $0.rounds.lastSuccess != nil }) else {
                return nil
            }
        }
        // Of two sources that both see a cluster the one written first counts.
        var found: [ClusterID: Cluster] = [:]
        for source in sources { found.merge(source.clusters) { first, _ in first } }
        merged.merge(found) { _, found in found }
        for cluster in configured { merged[cluster.id] = cluster.filled(from: merged[cluster.id]) }
        return merged.values.sorted { $0.id < $1.id }
    }

    var known: KnownClusters { KnownClusters(clusters: current, gaps: entries.flatMap(\.gaps)) }
    var states: [DiscoverySourceState] { entries.flatMap(\.states) }

    // MARK: - Who asks

    /// The entries whose projects are still to be looked up.
    var searches: [Int] { entries.indices.filter { !entries[$0].search.isOver } }
    /// The numbers of all sources; one that is no more comes back under another.
    var sources: [Int] { entries.flatMap { $0.sources.map(\.number) } }
    func source(_ number: Int) -> DiscoverySource? { entries.lazy.compactMap { $0.source(number) }.first }

    mutating func succeed(entry: Int, _ found: [FoundProject], at now: Instant) {
        entries[entry].succeed(found, at: now, lastNumber: &lastNumber)
        noteTried()
    }
    mutating func fail(entry: Int, _ failure: CallFailure, at now: Instant) {
        entries[entry].failSearch(failure, at: now)
        noteTried()
    }
    mutating func change(source number: Int, _ body: (inout DiscoverySource) -> Void) {
        for entry in entries.indices { entries[entry].change(number, body) }
        noteTried()
    }

    private mutating func noteTried() { wasTried = wasTried || entries.allSatisfy(\.hasTried) }
}

/// What is known of the clusters at one moment.
package struct KnownClusters: Sendable, Equatable {
    /// The full set, sorted by id; nil while the one before holds, or nothing is known.
    package var clusters: [Cluster]?
    /// The sources that may know more, in the order of the configuration.
    package var gaps: [DiscoveryGap]
}

extension ClusterConfig {
    /// What is written counts; what is left out is as found.
    fileprivate func filled(from found: Cluster?) -> Cluster {
        Cluster(
            id: id, name: name ?? found?.name ?? id.text, region: region, projectID: projectID ?? found?.projectID,
            kind: kind ?? found?.kind ?? .cce, labels: (found?.labels ?? [:]).merging(labels) { _, written in written },
            credential: credential, skip: found?.skip)
    }
}
