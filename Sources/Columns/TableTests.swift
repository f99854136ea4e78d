import CColumns

/// What rows must have, all of it: texts and ranges of numbers that tables can look up.
package struct TableTests: Sendable {
    private enum Test: Sendable {
        case text(ColumnTable.Texts, Range<Int>, hash: UInt32)
        case number(ColumnTable.Numbers, Int64, Int64)
    }
    private var tests: [Test] = []
    private var bytes: [UInt8] = []

    package init() {}
    package var isEmpty: Bool { tests.isEmpty }
    package var isFull: Bool { tests.count == Int(CCOLUMNS_TEST_LIMIT) }

    /// Just that text. Not when full.
    package mutating func add(_ column: ColumnTable.Texts, _ text: [UInt8]) {
        tests.append(.text(column, bytes.count..<bytes.count + text.count, hash: TextColumn.hash(of: text.span)))
        bytes += text
    }
    /// From `first` to `last`, null never. Not when full.
    package mutating func add(_ column: ColumnTable.Numbers, from first: Int64, through last: Int64) {
        tests.append(.number(column, first, last))
    }

    func withTests<Result>(_ body: (UnsafeBufferPointer<ccolumns_test>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: ccolumns_test.self, capacity: tests.count) { raw in
                for (index, test) in tests.enumerated() {
                    var packed = ccolumns_test()
                    switch test {
                    case .text(let column, let range, let hash):
                        packed.is_text = true
                        packed.column = UInt32(column.rawValue)
                        packed.text = bytes.baseAddress.map { $0 + range.lowerBound }
                        packed.length = range.count
                        packed.hash = hash
                    case .number(let column, let first, let last):
                        packed.column = UInt32(column.rawValue)
                        (packed.first, packed.last) = (first, last)
                    }
                    raw.initializeElement(at: index, to: packed)
                }
                return body(UnsafeBufferPointer(raw))
            }
        }
    }
}
