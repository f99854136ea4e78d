/// Finds one byte sequence in others in linear time (Knuth, Morris and Pratt 1977), whatever the text is.
struct ByteSearch {
    let needle: [UInt8]
    /// For each length of a matched beginning: the longest shorter one that is still matched.
    private let fallback: [Int]

    init(_ needle: [UInt8]) {
        self.needle = needle
        var fallback = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[index] != needle[length] { length = fallback[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    /// How much of the needle is matched after one more byte, given how much was before; `needle.count` is a hit.
    ///
    /// `matched` must be less than the needle's length.
    func advance(_ matched: Int, by byte: UInt8) -> Int {
        var matched = matched
        while matched > 0, needle[matched] != byte { matched = fallback[matched - 1] }
        return needle[matched] == byte ? matched + 1 : 0
    }

    /// Where the first hit within `text[start..<end]` ends; `start` for an empty needle.
    func firstEnd(in text: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        if needle.isEmpty { return start }
        var matched = 0
        var index = start
        while index < end {
            matched = advance(matched, by: text[index])
            index += 1
            if matched == needle.count { return index }
        }
        return nil
    }
}
