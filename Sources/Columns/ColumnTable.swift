import CColumns

/// The packed columns of one part, as loops over many parts read them: no object is touched and none is counted on
/// the way.
package final class ColumnTable: Sendable {
    /// Texts that stand in a dictionary.
    package enum Texts: Int, Sendable {
        case namespace, chartName, chartVersion, status, statusDescription, description
    }
    package enum Numbers: Int, Sendable {
        case version, chartPublic, createAt, updateAt
    }
    /// What loops read: pointers into the arrays below.
    nonisolated(unsafe) private let raw: UnsafeMutablePointer<ccolumns_table>  // written in the initialiser alone
    private let texts: [TextColumn]
    private let numbers: [PackedNumbers]
    private let names: TextList
    private let prefixes: [[UInt64]]
    /// Where the rows of each namespace end; empty where that is not kept.
    private let namespaceEnds: [UInt32]

    /// - Parameters:
    ///   - texts: in the order of `Texts`, as many as there are. Where rows are in the order of their namespaces, those
    ///     of one are found without a look at the others.
    ///   - numbers: in the order of `Numbers`, as many as there are.
    ///   - names: a text a row.
    package init(texts: [TextColumn], numbers: [PackedNumbers], names: TextList) {
        precondition(texts.count == Int(CCOLUMNS_TEXTS) && numbers.count == Int(CCOLUMNS_NUMBERS))
        self.texts = texts
        self.numbers = numbers
        self.names = names
        let shared = texts.map(\.dictionary.sharedCount)
        let prefixes = zip(texts, shared).map { $0.dictionary.prefixes(from: $1) }
        self.prefixes = prefixes
        let namespaceEnds = texts[0].rowEnds
        self.namespaceEnds = namespaceEnds
        var table = ccolumns_table()
        table.rows = UInt32(truncatingIfNeeded: names.count)
        (table.name_bytes, table.name_ends) = names.kept
        withUnsafeMutableBytes(of: &table.texts) { bytes in
            let columns = bytes.assumingMemoryBound(to: ccolumns_texts.self)
            for (index, column) in texts.enumerated() {
                columns[index] = column.packed
                columns[index].shared = UInt32(truncatingIfNeeded: shared[index])
                columns[index].prefixes = prefixes[index].kept
            }
            columns[Texts.namespace.rawValue].row_ends = namespaceEnds.isEmpty ? nil : namespaceEnds.kept
        }
        withUnsafeMutableBytes(of: &table.numbers) { bytes in
            let columns = bytes.assumingMemoryBound(to: ccolumns_numbers.self)
            for (index, column) in numbers.enumerated() { columns[index] = column.packed }
        }
        raw = .allocate(capacity: 1)
        raw.initialize(to: table)
    }
    deinit { raw.deallocate() }

    package var rowCount: Int { Int(raw.pointee.rows) }
    package var reference: TableReference { TableReference(raw: UnsafePointer(raw)) }
    /// Memory held beside the columns.
    package var byteCount: Int {
        prefixes.reduce(MemoryLayout<ccolumns_table>.size) { $0 + $1.heldBytes }
            + numbers.reduce(0) { $0 + $1.steps.heldBytes } + namespaceEnds.heldBytes
    }
}

/// A table without its keeper; nothing can be done with it but to put it into a list beside that.
@safe package struct TableReference: Sendable {
    nonisolated(unsafe) let raw: UnsafePointer<ccolumns_table>  // read only, while the table is kept
}

extension TextColumn {
    /// Where the rows of each text end; empty where rows are in another order, or there are hardly more than texts.
    fileprivate var rowEnds: [UInt32] {
        if dictionary.count * 2 > codes.count { return [] }
        var ends = [UInt32](repeating: 0, count: dictionary.count)
        var last = 0
        for row in 0..<codes.count {
            let code = codes[row]
            if code < last { return [] }
            last = code
            if code < ends.count { ends[code] = UInt32(truncatingIfNeeded: row + 1) }
        }
        return ends
    }

    fileprivate var packed: ccolumns_texts {
        var packed = ccolumns_texts()
        switch codes {
        case .bytes(let codes): (packed.codes, packed.code_bytes) = (UnsafeRawPointer(codes.kept), 1)
        case .pairs(let codes): (packed.codes, packed.code_bytes) = (UnsafeRawPointer(codes.kept), 2)
        case .quads(let codes): (packed.codes, packed.code_bytes) = (UnsafeRawPointer(codes.kept), 4)
        }
        (packed.bytes, packed.ends) = dictionary.kept
        packed.text_count = UInt32(truncatingIfNeeded: dictionary.count)
        packed.has_nulls = hasNulls
        packed.hashes = hashes.count == dictionary.count ? hashes.kept : nil
        var signature: [UInt64] = hashes.count == dictionary.count ? [0, 0, 0, 0] : [.max, .max, .max, .max]
        for hash in hashes { signature[Int(hash >> 6 & 3)] |= 1 << UInt64(hash & 63) }
        packed.signature = (signature[0], signature[1], signature[2], signature[3])
        return packed
    }
}

extension TextList {
    fileprivate var kept: (bytes: UnsafePointer<UInt8>?, ends: UnsafePointer<UInt32>?) { (bytes.kept, ends.kept) }

    /// How many bytes all texts begin with; they ascend, so what the first and the last share all others do.
    fileprivate var sharedCount: Int {
        guard count > 0 else { return 0 }
        let (first, last) = (range(of: 0), range(of: count - 1))
        var shared = 0
        while shared < min(first.count, last.count),
            bytes[first.lowerBound + shared] == bytes[last.lowerBound + shared]
        {
            shared += 1
        }
        return shared
    }
    /// What follows the first `start` bytes of each, eight of them, the first the highest.
    fileprivate func prefixes(from start: Int) -> [UInt64] {
        (0..<count).map { index in
            let range = range(of: index)
            let rest = min(range.lowerBound + start, range.upperBound)..<range.upperBound
            return ByteText.prefix(of: bytes.span.extracting(rest))
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// Where the elements stand. An array of such elements keeps them in one piece that does not move while nobody
    /// changes it: good for as long as an unchanged copy of it is kept, which is what a table does with its columns.
    var kept: UnsafePointer<Element>? { withUnsafeBufferPointer { $0.baseAddress } }
}
