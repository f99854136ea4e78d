/// Takes a chunked answer apart as it comes, and keeps of it no more than its head and its last line.
struct ChunkReader {
    private enum Place {
        case head
        case size(digits: [UInt8])
        case data(left: Int)
        case dataEnd(left: Int)
        case over
    }
    private var place = Place.head
    private(set) var head: [UInt8] = []
    private(set) var lines = 0
    private(set) var byteCount = 0
    private var line: [UInt8] = []
    private(set) var lastLine: [UInt8] = []

    /// The last chunk has come.
    var isWhole: Bool { if case .over = place { true } else { false } }
    var status: String { String(decoding: head.prefix(12), as: UTF8.self) }

    mutating func take(_ bytes: [UInt8]) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch place {
            case .head:
                head.append(byte)
                index += 1
                if head.suffix(4) == [13, 10, 13, 10] { place = .size(digits: []) }
            case .size(let digits):
                index += 1
                if byte == 10 {
                    let count = Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
                    place = count > 0 ? .data(left: count) : .over
                } else if byte != 13 {
                    place = .size(digits: digits + [byte])
                }
            case .data(let left):
                let end = min(index + left, bytes.count)
                take(text: bytes[index..<end])
                place = left == end - index ? .dataEnd(left: 2) : .data(left: left - (end - index))
                index = end
            case .dataEnd(let left):
                index += 1
                place = left == 1 ? .size(digits: []) : .dataEnd(left: left - 1)
            case .over: index += 1
            }
        }
    }
    private mutating func take(text: ArraySlice<UInt8>) {
        byteCount += text.count
        var rest = text
        while let end = rest.firstIndex(of: 10) {
            line += rest[..<end]
            (lastLine, line) = (line, [])
            lines += 1
            rest = rest[(end + 1)...]
        }
        line += rest
    }
}
