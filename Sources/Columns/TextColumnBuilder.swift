import JSON

/// Collects the texts of a column, each different one once.
package struct TextColumnBuilder: Sendable {
    /// The number of each row's text in the order in which they were first met; `null` for none.
    package private(set) var numbers: [UInt32] = []
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []
    private var hashes: [UInt64] = []
    /// Open addressing: the number of a text plus one, 0 where there is none. Its count is a power of two.
    private var table = [UInt32](repeating: 0, count: 64)

    package static let null = UInt32.max

    package init(capacity: Int) { numbers.reserveCapacity(capacity) }

    /// How many different texts there are.
    package var textCount: Int { ends.count }
    package func range(of number: UInt32) -> Range<Int> {
        (number == 0 ? 0 : Int(ends[Int(number) - 1]))..<Int(ends[Int(number)])
    }
    /// All texts one after the other.
    package var text: [UInt8] { bytes }

    package mutating func appendNull() { numbers.append(Self.null) }
    package mutating func append(number: UInt32) { numbers.append(number) }
    package mutating func append(_ text: Span<UInt8>) { numbers.append(number(of: text)) }

    /// The number of a text, which is added when it is new.
    package mutating func number(of text: Span<UInt8>) -> UInt32 {
        let hash = TextHash(text).low
        var place = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[place] != 0 {
            let number = table[place] - 1
            if hashes[Int(number)] == hash, ByteText.areEqual(bytes.span.extracting(range(of: number)), text) {
                return number
            }
            place = (place + 1) & (table.count - 1)
        }
        let number = UInt32(truncatingIfNeeded: ends.count)
        bytes.append(copying: text)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
        hashes.append(hash)
        table[place] = number + 1
        if ends.count * 2 > table.count { grow() }
        return number
    }

    /// The place of each text, by number, among all of them in the order of their bytes.
    package var ranks: [UInt32] {
        var ranks = [UInt32](repeating: 0, count: ends.count)
        for (rank, number) in sorted(ends.indices.map { UInt32(truncatingIfNeeded: $0) }).enumerated() {
            ranks[Int(number)] = UInt32(truncatingIfNeeded: rank)
        }
        return ranks
    }
    private func sorted(_ numbers: [UInt32]) -> [UInt32] {
        numbers.sorted { left, right in
            ByteText.compare(
                bytes.span.extracting(range(of: left)), bytes.span.extracting(range(of: right))) < 0
        }
    }

    /// The column of the rows in `order`; texts that no row of it has are left out.
    package func column(inOrder order: [Int]) -> TextColumn {
        var isUsed = [Bool](repeating: false, count: ends.count)
        for row in order where numbers[row] != Self.null { isUsed[Int(numbers[row])] = true }
        let sorted = sorted(
            isUsed.indices.filter { isUsed[$0] }.map { UInt32(truncatingIfNeeded: $0) })
        var list = TextListBuilder(capacity: sorted.count, bytes: bytes.count)
        var codes = [UInt32](repeating: 0, count: ends.count)
        for (code, number) in sorted.enumerated() {
            codes[Int(number)] = UInt32(truncatingIfNeeded: code)
            list.append(bytes.span.extracting(range(of: number)))
        }
        let null = UInt32(truncatingIfNeeded: sorted.count)
        var hasNulls = false
        var coded: [UInt32] = []
        coded.reserveCapacity(order.count)
        for row in order {
            let number = numbers[row]
            hasNulls = hasNulls || number == Self.null
            coded.append(number == Self.null ? null : codes[Int(number)])
        }
        return TextColumn(
            dictionary: list.list, codes: CodeColumn(coded, below: sorted.count + 1), hasNulls: hasNulls,
            hashes: sorted.count > 256 ? [] : sorted.map { UInt32(truncatingIfNeeded: hashes[Int($0)]) })
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: table.count * 2)
        for (number, hash) in hashes.enumerated() {
            var place = Int(truncatingIfNeeded: hash) & (table.count - 1)
            while table[place] != 0 { place = (place + 1) & (table.count - 1) }
            table[place] = UInt32(truncatingIfNeeded: number) + 1
        }
    }
}

/// Collects texts as they come.
package struct TextListBuilder: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    package init(capacity: Int, bytes: Int = 0) {
        ends.reserveCapacity(capacity)
        self.bytes.reserveCapacity(bytes)
    }

    package var count: Int { ends.count }
    package func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index]) }
    package mutating func append(_ text: Span<UInt8>) {
        bytes.append(copying: text)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }
    package var list: TextList { TextList(bytes: bytes, ends: ends) }

    package func list(inOrder order: [Int]) -> TextList {
        var list = TextListBuilder(capacity: order.count, bytes: bytes.count)
        for index in order { list.append(bytes.span.extracting(range(of: index))) }
        return list.list
    }
}
