/// One cluster in a snapshot: who it is, the last good rows, and how it stands.
package struct ClusterEntry: Sendable {
    package let cluster: Cluster
    /// The last good rows; nil when there are none (never loaded, gone, or older than `staleLimit`).
    package let part: ClusterPart?
    package let standing: Standing
    /// Over the cluster's name, region, project and labels and the part's content; what the snapshot's id is made of.
    package let contentHash: ContentHash

    package init(cluster: Cluster, part: ClusterPart?, standing: Standing, contentHash: ContentHash) {
        self.cluster = cluster
        self.part = part
        self.standing = standing
        self.contentHash = contentHash
    }
}

/// What all clusters held at one moment. Immutable; the write arm publishes it, the read arm reads the newest.
package final class Snapshot: Sendable {
    /// Sorted by cluster id; each id once.
    package let entries: [ClusterEntry]
    /// Content-addressed: two processes that hold the same rows of the same clusters give the same id.
    package let id: ContentHash

    /// `entries` must already be sorted by cluster id; `id` is the sum of their `contentHash`es.
    package init(entries: [ClusterEntry], id: ContentHash) {
        self.entries = entries
        self.id = id
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
