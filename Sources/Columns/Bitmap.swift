/// A set of rows: one bit for each, 64 to a word, the lowest bit first. Bits beyond the last row are clear.
package struct Bitmap: Sendable {
    package private(set) var words: [UInt64]
    /// Rows that can be in it.
    package let count: Int

    /// Empty.
    package init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    package func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }
    package mutating func insert(_ row: Int) { words[row >> 6] |= 1 << UInt64(row & 63) }
}
