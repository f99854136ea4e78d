/// Text compared by its UTF-8 bytes, which is the order of code points. Never `String`'s own `<` or `==`: those hold
/// composed and decomposed letters for equal.
package enum ByteText {
    /// Negative, zero or positive, as `left` comes before, with or after `right`.
    package static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let shared = min(left.count, right.count)
        var index = 0
        while index < shared {
            let (one, other) = (left[index], right[index])
            if one != other { return one < other ? -1 : 1 }
            index += 1
        }
        return left.count - right.count
    }
    /// The first eight bytes, the first being the most significant, zero where there are none: texts whose prefixes
    /// differ come in their order.
    package static func prefix(of text: Span<UInt8>) -> UInt64 {
        var prefix: UInt64 = 0
        for index in 0..<8 { prefix = prefix << 8 | (index < text.count ? UInt64(text[index]) : 0) }
        return prefix
    }
    package static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        left.count == right.count && compare(left, right) == 0
    }
}

extension [UInt8] {
    package init(copying text: Span<UInt8>) { self = text.withUnsafeBufferPointer { Array($0) } }
    package mutating func append(copying text: Span<UInt8>) {
        text.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
