/// One cluster in a snapshot: who it is, the last good rows, and how it stands.
///
/// One reference wide: a snapshot of 2,000 clusters that differs from the one before in a single cluster costs 2,000
/// retains, not 2,000 copies of names and labels.
package struct ClusterEntry: Sendable {
    private final class Storage: Sendable {
        let cluster: Cluster
        let part: ClusterPart?
        let standing: Standing
        let contentHash: ContentHash
        init(cluster: Cluster, part: ClusterPart?, standing: Standing, contentHash: ContentHash) {
            self.cluster = cluster
            self.part = part
            self.standing = standing
            self.contentHash = contentHash
        }
    }
    private let storage: Storage

    package init(cluster: Cluster, part: ClusterPart?, standing: Standing, contentHash: ContentHash) {
        storage = Storage(cluster: cluster, part: part, standing: standing, contentHash: contentHash)
    }
    package var cluster: Cluster { storage.cluster }
    /// The last good rows; nil when there are none (never loaded, gone, or older than `staleLimit`).
    package var part: ClusterPart? { storage.part }
    package var standing: Standing { storage.standing }
    /// Over the cluster's name, region, project and labels and the part's content; what the snapshot's id is made of.
    package var contentHash: ContentHash { storage.contentHash }
}

/// What all clusters held at one moment. Immutable; the write arm publishes it, the read arm reads the newest.
package final class Snapshot: Sendable {
    /// Sorted by cluster id; each id once.
    package let entries: [ClusterEntry]
    /// Content-addressed: two processes that hold the same rows of the same clusters give the same id.
    package let id: ContentHash
    /// Sources of clusters of which not everything is known. No part of `id`: they are no content.
    package let gaps: [DiscoveryGap]

    /// `entries` must already be sorted by cluster id; `id` is the sum of their `contentHash`es.
    package init(entries: [ClusterEntry], id: ContentHash, gaps: [DiscoveryGap] = []) {
        self.entries = entries
        self.id = id
        self.gaps = gaps
    }

    /// Binary search; nil when the snapshot has no such cluster.
    package func index(of id: ClusterID) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].cluster.id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].cluster.id == id ? low : nil
    }
}
