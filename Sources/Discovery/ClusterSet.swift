import ReleaseModel

/// The full set of clusters: those of the configuration and those found, merged by id.
struct ClusterSet: Sendable {
    let configured: [ClusterConfig]
    var sources: [DiscoverySource]
    /// The set of the configuration that this one follows.
    var previous: [Cluster]?

    /// Sorted by id. Nil while it would be a guess: without configured clusters nothing is known until every source has
    /// been tried, and nothing after that until one of them has brought a list, for "no clusters" must not be said of
    /// a cloud that did not answer. After a reload the clusters before it stay until every source has been tried, so
    /// that none goes only because it is now found in another way.
    var current: [Cluster]? {
        let isTried = sources.allSatisfy(\.hasTried)
        var merged: [ClusterID: Cluster] = [:]
        if let previous, !isTried {
            for cluster in previous { merged[cluster.id] = cluster }
        } else if configured.isEmpty {
            guard isTried, sources.isEmpty || sources.contains(where: { $0.lastSuccess != nil }) else { return nil }
        }
        // Of two sources that both see a cluster the one written first counts.
        var found: [ClusterID: Cluster] = [:]
        for source in sources { found.merge(source.clusters) { first, _ in first } }
        merged.merge(found) { _, found in found }
        for cluster in configured { merged[cluster.id] = cluster.filled(from: merged[cluster.id]) }
        return merged.values.sorted { $0.id < $1.id }
    }

    var known: KnownClusters { KnownClusters(clusters: current, gaps: sources.compactMap(\.gap)) }
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
