import Compression
import JSON
import Query
import ReleaseModel

/// Writes the whole set of a question, block by block, from one snapshot: what an export sends.
///
/// For one thread at a time.
final class ExportWriter {
    enum Block {
        case more([UInt8])
        /// Nothing to send yet: much was looked at that does not belong to the set. Ask again.
        case unfinished
        /// The body is whole with these; perhaps none.
        case last([UInt8])
        /// It cannot be completed, for lack of memory.
        case failed
    }
    private let reading: ReleaseReading
    private let request: ListRequest
    private let warnings: [ListRequest.Warning]
    private let coding: ContentCoding?
    // Made with the first block, on the thread that may take long.
    private lazy var compressor = coding.flatMap { StreamCompressor($0) }
    private lazy var walk = RowWalk(
        request.selection, of: reading.snapshot, rowsFrom: reading.rowsFrom, now: reading.clock)
    private let format: ListRequest.Format
    private lazy var lines = RowWriter(reading.snapshot, view: request.view, fields: request.fields)
    private lazy var cells = RowCells(reading.snapshot, view: request.view, fields: request.fields)
    /// Rows that were walked over and are not written.
    private var pending: ArraySlice<RowReference> = []
    /// A line of column names has to come first.
    private var needsHeader: Bool

    /// A block is full from then on; it is longer by one row at most.
    private static let blockBytes = 128 << 10
    /// Rows that may be looked at for one block: some milliseconds.
    private static let rowsLookedAt = 20_000

    init(
        _ reading: ReleaseReading, _ request: ListRequest, format: ListRequest.Format, coding: ContentCoding?,
        warnings: [ListRequest.Warning]
    ) {
        self.reading = reading
        self.request = request
        self.warnings = warnings
        self.coding = coding
        self.format = format
        needsHeader = format == .csv
    }

    /// Takes some milliseconds.
    func next() -> Block { format == .csv ? nextCells() : nextLines() }

    private func nextLines() -> Block {
        var writer = JSONWriter(capacity: Self.blockBytes + 4096)
        let isLast = fill { row, isStale in
            writer.beginFragment()
            lines.append(row, isStale: isStale, to: &writer)
            writer.endLine()
            return writer.bytes.count
        }
        if isLast { appendRecord(to: &writer) }
        return block(writer.bytes, isLast: isLast)
    }

    private func nextCells() -> Block {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.blockBytes + 4096)
        if needsHeader { CSV.append(line: cells.columns.map { .literal($0) }, to: &bytes) }
        needsHeader = false
        let isLast = fill { row, isStale in
            if let cells = cells.cells(of: row, isStale: isStale) { CSV.append(line: cells, to: &bytes) }
            return bytes.count
        }
        return block(bytes, isLast: isLast)
    }

    // MARK: -

    /// True when the set has no more rows. `write` tells how many bytes the block has by then.
    private func fill(_ write: (RowReference, Bool) -> Int) -> Bool {
        var left = Self.rowsLookedAt
        while true {
            while let row = pending.popFirst() {
                if write(row, reading.isStale(row.entry)) >= Self.blockBytes { return false }
            }
            guard left > 0 else { return false }
            let step = min(left, 500)
            left -= step
            switch walk.next(cost: step) {
            case .rows(let more): pending = more[...]
            case .unfinished: break
            case .end: return true
            }
        }
    }

    private func block(_ bytes: [UInt8], isLast: Bool) -> Block {
        if bytes.isEmpty, !isLast { return .unfinished }
        guard coding != nil else { return isLast ? .last(bytes) : .more(bytes) }
        guard let compressed = compressor?.compress(bytes, isLast: isLast) else { return .failed }
        return isLast ? .last(compressed) : .more(compressed)
    }

    /// The last line: whoever has it has the whole set, and knows what it covers.
    private func appendRecord(to writer: inout JSONWriter) {
        writer.beginFragment()
        writer.beginObject()
        writer.key("coverage")
        writer.coverage(reading.coverage, detail: request.coverage)
        writer.member("total_size", walk.count)
        writer.member("complete", reading.coverage.isComplete)
        writer.key("snapshot")
        writer.snapshot(reading.snapshot, coverage: reading.coverage)
        FacetBlock(request, reading)?.write(to: &writer)
        writer.key("warnings")
        writer.warnings(warnings)
        writer.endObject()
        writer.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func endLine() {
        beginFragment()
        raw(CollectionOfOne(UInt8(ascii: "\n")))
    }
}
