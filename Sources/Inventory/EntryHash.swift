import Cryptography
import ReleaseModel

/// What a snapshot's id is the sum of. Equal content hashes equally in every process and version of the layout.
enum EntryHash {
    /// Over the cluster's id, name, region, project, labels and its rows; a cluster without rows has a marker instead.
    static func of(_ cluster: Cluster, content: ContentHash?) -> ContentHash {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        append("entry 1", to: &bytes)
        append(cluster.id.text, to: &bytes)
        append(cluster.name, to: &bytes)
        append(cluster.region, to: &bytes)
        append(cluster.projectID, to: &bytes)
        append(UInt64(cluster.labels.count), to: &bytes)
        // A dictionary's order differs from process to process.
        for (key, value) in cluster.labels.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            append(key, to: &bytes)
            append(value, to: &bytes)
        }
        bytes.append(content == nil ? 0 : 1)
        bytes.append(contentsOf: (content ?? .zero).bytes)
        return digest(bytes)
    }

    /// Added to the id of a fan-out's snapshot, which must differ from the plain one even when the rows are the same.
    static func marker(chartID: String) -> ContentHash {
        var bytes: [UInt8] = []
        append("chart 1", to: &bytes)
        append(chartID, to: &bytes)
        return digest(bytes)
    }

    // MARK: -

    private static func digest(_ bytes: [UInt8]) -> ContentHash { ContentHash(digest: sha256(bytes)) ?? .zero }

    /// With its length in front, so that no two lists of texts give the same bytes.
    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return append(UInt64.max, to: &bytes) }
        append(UInt64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }
    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
