import Columns

/// The rows of one cluster as one call brought them, a column a field. Immutable, shared by every snapshot that holds
/// them.
///
/// Rows are sorted by namespace, then name, by UTF-8 bytes; no two have the same identity.
package final class ClusterPart: Sendable {
    package let count: Int
    /// Never null.
    package let namespaces: TextColumn
    package let names: TextList
    package let versions: IntegerColumn
    package let chartNames: TextColumn
    package let chartVersions: TextColumn
    package let chartPublic: BooleanColumn
    package let statuses: TextColumn
    package let statusDescriptions: TextColumn
    package let descriptions: TextColumn
    package let createAt: TimeColumn
    package let updateAt: TimeColumn
    private let heavyFields: HeavyStore
    /// One for each row: its fields but for the cluster's and the heavy ones (`HeavyColumn.digest`); equal content gives
    /// equal hashes anywhere.
    package let rowHashes: [UInt64]
    /// Over the rows in order, without heavy fields; never over the body's bytes.
    package let contentHash: ContentHash
    /// Rows left out because they could not be used (no name, no namespace, no object, second of an identity).
    package let dropped: Int
    /// Fields of kept rows that had a wrong type and were made null.
    package let repaired: Int
    /// Each row's basic members as JSON text without braces and without the cluster's, `"namespace":…,"update_at":…`.
    package let rendered: RenderedRows
    /// For the decoder of the cluster's next answer; nil when the rows are not what a decoder made of a text.
    package let sources: RowSources?
    /// The columns again, as loops over many parts read them.
    package let table: ColumnTable
    /// Memory held, estimated in bytes, without heavy fields.
    private let lightByteCount: Int

    /// - Parameters:
    ///   - order: the rows of `builder` that are kept, sorted as above.
    ///   - rowHashes: in that order, as are the rows of `sources`.
    package convenience init(
        _ builder: consuming ClusterPartBuilder, order: [Int], rowHashes: [UInt64], contentHash: ContentHash,
        dropped: Int, repaired: Int, sources: RowSources? = nil
    ) {
        self.init(
            builder, order: order, rowHashes: rowHashes, contentHash: contentHash, dropped: dropped,
            repaired: repaired, sources: sources, heavy: nil)
    }

    /// - Parameter heavy: nil for the builder's own.
    private init(
        _ builder: consuming ClusterPartBuilder, order: [Int], rowHashes: [UInt64], contentHash: ContentHash,
        dropped: Int, repaired: Int, sources: RowSources?, heavy: HeavyStore?
    ) {
        count = order.count
        namespaces = builder.namespaces.column(inOrder: order)
        names = builder.names.list(inOrder: order)
        versions = IntegerColumn(order.map { builder.versions[$0] })
        chartNames = builder.chartNames.column(inOrder: order)
        chartVersions = builder.chartVersions.column(inOrder: order)
        chartPublic = BooleanColumn(order.map { builder.chartPublic[$0] })
        statuses = builder.statuses.column(inOrder: order)
        statusDescriptions = builder.statusDescriptions.column(inOrder: order)
        descriptions = builder.descriptions.column(inOrder: order)
        createAt = TimeColumn(order.map { builder.createAt[$0] })
        updateAt = TimeColumn(order.map { builder.updateAt[$0] })
        heavyFields = heavy ?? HeavyStore(builder.heavy, order: order)
        rendered = builder.rendered.rows(inOrder: order)
        self.rowHashes = rowHashes
        self.contentHash = contentHash
        self.dropped = dropped
        self.repaired = repaired
        self.sources = sources
        table = ColumnTable(
            texts: [namespaces, chartNames, chartVersions, statuses, statusDescriptions, descriptions],
            numbers: [
                PackedNumbers(versions), PackedNumbers(chartPublic), createAt.packed, updateAt.packed,
            ], names: names)
        lightByteCount = Self.sum(
            namespaces.byteCount, names.byteCount, versions.byteCount, chartNames.byteCount, chartVersions.byteCount,
            chartPublic.byteCount, statuses.byteCount, statusDescriptions.byteCount, descriptions.byteCount,
            createAt.byteCount, updateAt.byteCount, rendered.byteCount, rowHashes.heldBytes,
            sources?.byteCount ?? 0, table.byteCount)
    }

    /// `rows` must already be sorted and without duplicates.
    package convenience init(
        rows: [Release], rowHashes: [UInt64], contentHash: ContentHash, dropped: Int, repaired: Int,
        sources: RowSources? = nil
    ) {
        var builder = ClusterPartBuilder(capacity: rows.count)
        for row in rows { builder.append(row) }
        self.init(
            builder, order: Array(rows.indices), rowHashes: rowHashes, contentHash: contentHash, dropped: dropped,
            repaired: repaired, sources: sources)
    }

    /// Some of the rows of another part, for those who may not see the others. Rows that the cloud sent and nobody
    /// could read are counted all the same: whose they are is not known.
    ///
    /// - Parameters:
    ///   - rows: ascending.
    ///   - shown: rows of the other whose heavy fields are held here too.
    package convenience init(
        _ rows: [Int], of other: ClusterPart, showingHeavyFieldsOf shown: Bitmap, contentHash: ContentHash
    ) {
        var builder = ClusterPartBuilder(capacity: rows.count)
        for row in rows { builder.append(other, .none, row: row) }
        let repaired = other.sources.map { sources in rows.reduce(0) { $0 + (sources.repaired[$1] ?? 0) } }
        self.init(
            builder, order: Array(rows.indices), rowHashes: rows.map { other.rowHashes[$0] },
            contentHash: contentHash, dropped: other.dropped, repaired: repaired ?? 0, sources: nil,
            heavy: HeavyStore(rows, of: other.heavyFields, shown: shown))
    }

    /// The same rows, of which some have their heavy fields withheld; for those who may not see them.
    package convenience init(_ other: ClusterPart, showingHeavyFieldsOf shown: Bitmap) {
        self.init(other, heavy: HeavyStore(Array(0..<other.count), of: other.heavyFields, shown: shown))
    }

    /// The same rows without the texts of their heavy fields. Hashes stay: what the cluster holds did not change, only
    /// what we do. Nothing can be taken over from it.
    package convenience init(withoutHeavyFieldsOf other: ClusterPart) {
        self.init(other, heavy: HeavyStore(other.heavy.withheld))
    }

    private init(_ other: ClusterPart, heavy: HeavyStore) {
        count = other.count
        namespaces = other.namespaces
        names = other.names
        versions = other.versions
        chartNames = other.chartNames
        chartVersions = other.chartVersions
        chartPublic = other.chartPublic
        statuses = other.statuses
        statusDescriptions = other.statusDescriptions
        descriptions = other.descriptions
        createAt = other.createAt
        updateAt = other.updateAt
        heavyFields = heavy
        rowHashes = other.rowHashes
        contentHash = other.contentHash
        dropped = other.dropped
        repaired = other.repaired
        rendered = other.rendered
        sources = nil
        table = other.table
        lightByteCount = other.lightByteCount - (other.sources?.byteCount ?? 0)
    }

    /// Masked and compressed now where that is still to be done: some milliseconds for each megabyte of values.
    package var heavy: HeavyColumn { heavyFields.column }
    /// Bytes of heavy fields that are still to be masked and compressed.
    package var rawByteCount: Int { heavyFields.rawByteCount }
    /// Whether `heavy` is there at once.
    package var isHeavyMade: Bool { heavyFields.made != nil }
    /// Memory held, estimated in bytes: columns, dictionaries, heavy fields, rendered text, hashes.
    package var byteCount: Int { lightByteCount + heavyFields.byteCount }

    package var rows: ReleaseRows { ReleaseRows(self) }
    package func release(at row: Int) -> Release { rows[row].release }

    private static func sum(_ counts: Int...) -> Int { counts.reduce(0, +) }
}
