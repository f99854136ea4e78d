/// Texts in one buffer, by number: UTF-8 bytes, compared as bytes.
package struct TextList: Sendable {
    package let bytes: [UInt8]
    /// Text `i` is `bytes[ends[i - 1] ..< ends[i]]`.
    let ends: [UInt32]

    /// `ends` ascend and the last is the count of `bytes`, which is less than 4 GiB.
    package init(bytes: [UInt8], ends: [UInt32]) {
        self.bytes = bytes
        self.ends = ends
    }

    package var count: Int { ends.count }
    package func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index]) }
    package subscript(index: Int) -> String { String(decoding: bytes[range(of: index)], as: UTF8.self) }
    package var byteCount: Int { bytes.heldBytes + ends.heldBytes }

    /// Negative, zero or positive, as text `index` comes before, with or after `other` by bytes.
    package func compare(_ index: Int, with other: Span<UInt8>) -> Int {
        ByteText.compare(bytes.span.extracting(range(of: index)), other)
    }
}
