import Columns

extension ByteText {
    static func compare(_ left: String, _ right: String) -> Int {
        let (left, right) = (left.utf8, right.utf8)
        return compare(left.span, right.span)
    }
    static func compare(_ left: String, _ right: [UInt8]) -> Int {
        let left = left.utf8
        return compare(left.span, right.span)
    }

    /// Whether `piece` stands in `text` at `offset`.
    static func holds(_ text: Span<UInt8>, _ piece: Span<UInt8>, at offset: Int) -> Bool {
        guard offset >= 0, text.count - offset >= piece.count else { return false }
        var index = 0
        while index < piece.count {
            if text[offset + index] != piece[index] { return false }
            index += 1
        }
        return true
    }
}

extension String {
    /// At most `limit` bytes from the beginning, cut between scalars.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }

    /// Between quotation marks, with `"` and `\` escaped by `\`: no two texts look alike, whatever surrounds them.
    var quoted: String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
