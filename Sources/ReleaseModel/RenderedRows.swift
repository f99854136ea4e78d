import Columns
import JSON
import Timing

/// The JSON text of many rows in one buffer, rendered once at ingest and copied into answers.
package struct RenderedRows: Sendable {
    package let bytes: [UInt8]
    /// Row `i` is `bytes[ends[i - 1] ..< ends[i]]`.
    private let ends: [UInt32]

    init(bytes: [UInt8], ends: [UInt32]) {
        self.bytes = bytes
        self.ends = ends
    }

    package subscript(row: Int) -> ArraySlice<UInt8> {
        bytes[(row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])]
    }
    var byteCount: Int { bytes.heldBytes + ends.heldBytes }
}

/// Renders rows in the order in which they are collected.
struct RenderedRowsBuilder {
    private var writer: JSONWriter
    private var ends: [Int] = []

    init(capacity: Int) {
        writer = JSONWriter(capacity: capacity * 320)
        ends.reserveCapacity(capacity)
    }

    subscript(row: Int) -> ArraySlice<UInt8> { writer.bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }

    /// A row that is rendered already.
    mutating func append(_ text: ArraySlice<UInt8>) {
        writer.beginFragment()
        writer.raw(text)
        ends.append(writer.bytes.count)
    }

    mutating func beginRow() { writer.beginFragment() }
    mutating func endRow() { ends.append(writer.bytes.count) }

    mutating func member(_ name: StaticString, _ column: TextColumnBuilder, _ row: Int) {
        writer.key(name)
        let number = column.numbers[row]
        if number == TextColumnBuilder.null { return writer.null() }
        writer.string(utf8: column.text.span.extracting(column.range(of: number)))
    }
    mutating func member(_ name: StaticString, _ list: TextListBuilder, _ row: Int) {
        writer.key(name)
        writer.string(utf8: list.bytes.span.extracting(list.range(of: row)))
    }
    mutating func member(_ name: StaticString, _ number: Int64?) { writer.member(name, number) }
    mutating func member(_ name: StaticString, _ value: Bool?) { writer.member(name, value) }
    mutating func member(_ name: StaticString, _ instant: Instant?) {
        writer.key(name)
        if let instant { writer.plainString(instant.rfc3339UTF8) } else { writer.null() }
    }

    func rows(inOrder order: [Int]) -> RenderedRows {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(order.reduce(0) { $0 + self[$1].count })
        var ends: [UInt32] = []
        ends.reserveCapacity(order.count)
        for row in order {
            bytes.append(contentsOf: self[row])
            ends.append(UInt32(truncatingIfNeeded: bytes.count))
        }
        return RenderedRows(bytes: bytes, ends: ends)
    }
}
