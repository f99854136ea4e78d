import Columns

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
        /// The part's: beside the header that a copy of the list touches anyway.
        let table: TableReference?
        init(cluster: Cluster, part: ClusterPart?, standing: Standing, contentHash: ContentHash) {
            self.cluster = cluster
            self.part = part
            self.standing = standing
            self.contentHash = contentHash
            table = part?.table.reference
        }
    }
    private let storage: Storage

    // One field each: a cluster has many, and a copy of it counts references to all of them.
    package var clusterID: ClusterID { storage.cluster.id }
    package var clusterName: String { storage.cluster.name }
    package var region: String { storage.cluster.region }
    package var projectID: String? { storage.cluster.projectID }
    package var skip: Reason? { storage.cluster.skip }
    fileprivate var table: TableReference? { storage.table }

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
    /// The rows of each entry's part, as loops over all of them read them: one pointer an entry.
    package let tables: TableList

    /// `entries` must already be sorted by cluster id; `id` is the sum of their `contentHash`es.
    package init(entries: [ClusterEntry], id: ContentHash, gaps: [DiscoveryGap] = []) {
        self.entries = entries
        self.id = id
        self.gaps = gaps
        tables = TableList(entries.map(\.table), keptBy: entries)
    }

    /// Binary search; nil when the snapshot has no such cluster.
    package func index(of id: ClusterID) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].clusterID < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].clusterID == id ? low : nil
    }
}
