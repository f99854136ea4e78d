/// The rows of one cluster as one call brought them. Immutable, shared by every snapshot that holds them.
package final class ClusterPart: Sendable {
    /// Sorted by namespace, then name, by UTF-8 bytes; no two have the same identity.
    package let rows: [Release]
    /// One for each row: its fields but for the cluster's, over all sixteen; equal content gives equal hashes anywhere.
    package let rowHashes: [UInt64]
    /// Over the rows in order; never over the body's bytes.
    package let contentHash: ContentHash
    /// Rows left out because they could not be used (no name, no namespace, no object, second of an identity).
    package let dropped: Int
    /// Fields of kept rows that had a wrong type and were made null.
    package let repaired: Int
    /// Memory held, estimated in bytes: rows, text, heavy fields and rendered text.
    package let byteCount: Int
    /// Each row's basic members as JSON text without braces and without the cluster's, `"namespace":…,"update_at":…`.
    package let rendered: RenderedRows
    /// For the decoder of the cluster's next answer; nil when the rows are not what a decoder made of a text.
    package let sources: RowSources?

    /// `rows` must already be sorted and without duplicates.
    ///
    /// - Parameter rendered: when some rows are rendered already.
    package init(
        rows: [Release], rowHashes: [UInt64], contentHash: ContentHash, dropped: Int, repaired: Int,
        sources: RowSources? = nil, rendered: RenderedRows? = nil
    ) {
        self.rows = rows
        self.rowHashes = rowHashes
        self.contentHash = contentHash
        self.dropped = dropped
        self.repaired = repaired
        self.sources = sources
        let rendered = rendered ?? RenderedRows(rows)
        self.rendered = rendered
        byteCount =
            rendered.bytes.count + rows.reduce(0) { $0 + $1.byteCount }
            + (sources?.rows.count ?? 0) * MemoryLayout<RowSources.Source>.stride
    }
}

extension Release {
    /// Memory held, estimated in bytes.
    fileprivate var byteCount: Int {
        func size(_ text: String?) -> Int { text.map { $0.utf8.count > 15 ? $0.utf8.count + 32 : 0 } ?? 0 }
        func size(_ field: HeavyFields.Field) -> Int {
            if case .held(let compressed) = field { compressed.count + 32 } else { 0 }
        }
        return MemoryLayout<Release>.stride + size(namespace) + size(name) + size(chartName) + size(chartVersion)
            + size(status) + size(statusDescription) + size(description) + size(heavy.values) + size(heavy.parameters)
            + size(heavy.resources)
    }
}
