import ReleaseModel

/// The full set of clusters: those of the configuration and those found, merged by id.
struct ClusterSet: Sendable {
    let configured: [ClusterConfig]
    var sources: [DiscoverySource]
    /// Another set was published before this one, by a configuration that this one follows.
    var isSuccessor = false

    /// Sorted by id. Nil while it would be a guess: without configured clusters nothing is known until every source has
    /// been tried, and nothing after that until one of them has brought a list, for "no clusters" must not be said of
    /// a cloud that did not answer. After a reload the set before it holds until every source has been tried, so that
    /// no cluster goes only because it is now found in another way.
    var current: [Cluster]? {
        if configured.isEmpty || isSuccessor {
            guard sources.allSatisfy(\.hasTried) else { return nil }
        }
        if configured.isEmpty {
            guard sources.isEmpty || sources.contains(where: { $0.lastSuccess != nil }) else { return nil }
        }
        var merged: [ClusterID: Cluster] = [:]
        // Of two sources that both see a cluster the one written first counts.
        for source in sources { merged.merge(source.clusters) { first, _ in first } }
        for cluster in configured { merged[cluster.id] = cluster.filled(from: merged[cluster.id]) }
        return merged.values.sorted { $0.id < $1.id }
    }
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
