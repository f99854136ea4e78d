import Columns

/// Where the parts of a Semantic Version 2.0.0 stand in a text. Nothing is copied and no number is converted, so any
/// length of digits is compared rightly.
struct SemanticVersion {
    private(set) var major: Range<Int>
    private(set) var minor: Range<Int>
    private(set) var patch: Range<Int>
    /// Empty when it is a release.
    private(set) var preRelease: Range<Int>

    /// Nil unless the whole text is one. A leading `v` is allowed; build metadata is checked and left out.
    init?(_ text: Span<UInt8>) {
        var index = text.count > 0 && text[0] == UInt8(ascii: "v") ? 1 : 0
        guard let major = Self.number(text, &index), Self.take(UInt8(ascii: "."), text, &index),
            let minor = Self.number(text, &index), Self.take(UInt8(ascii: "."), text, &index),
            let patch = Self.number(text, &index)
        else { return nil }
        preRelease = index..<index
        if Self.take(UInt8(ascii: "-"), text, &index) {
            guard let found = Self.identifiers(text, &index, isPreRelease: true) else { return nil }
            preRelease = found
        }
        if Self.take(UInt8(ascii: "+"), text, &index) {
            guard Self.identifiers(text, &index, isPreRelease: false) != nil else { return nil }
        }
        guard index == text.count else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// Precedence as Semantic Versioning 2.0.0 §11 defines it: negative, zero or positive.
    static func compare(
        _ left: SemanticVersion, in leftText: Span<UInt8>, _ right: SemanticVersion, in rightText: Span<UInt8>
    ) -> Int {
        var order = compareNumbers(leftText, left.major, rightText, right.major)
        if order == 0 { order = compareNumbers(leftText, left.minor, rightText, right.minor) }
        if order == 0 { order = compareNumbers(leftText, left.patch, rightText, right.patch) }
        if order != 0 { return order }
        switch (left.preRelease.isEmpty, right.preRelease.isEmpty) {
        case (true, true): return 0
        case (true, false): return 1
        case (false, true): return -1
        case (false, false): return comparePreReleases(leftText, left.preRelease, rightText, right.preRelease)
        }
    }

    // MARK: -

    private static func take(_ byte: UInt8, _ text: Span<UInt8>, _ index: inout Int) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func number(_ text: Span<UInt8>, _ index: inout Int) -> Range<Int>? {
        let start = index
        while index < text.count, isDigit(text[index]) { index += 1 }
        guard index > start, index == start + 1 || text[start] != UInt8(ascii: "0") else { return nil }
        return start..<index
    }

    private static func identifiers(_ text: Span<UInt8>, _ index: inout Int, isPreRelease: Bool) -> Range<Int>? {
        let start = index
        while true {
            let first = index
            var isNumber = true
            while index < text.count {
                let byte = text[index]
                if !isDigit(byte) {
                    let isLetter = (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                    if !isLetter { break }
                    isNumber = false
                }
                index += 1
            }
            if index == first { return nil }
            if isPreRelease, isNumber, index > first + 1, text[first] == UInt8(ascii: "0") { return nil }
            if !take(UInt8(ascii: "."), text, &index) { return start..<index }
        }
    }

    /// Without leading zeros the longer number is the greater one.
    private static func compareNumbers(
        _ left: Span<UInt8>, _ leftRange: Range<Int>, _ right: Span<UInt8>, _ rightRange: Range<Int>
    ) -> Int {
        if leftRange.count != rightRange.count { return leftRange.count - rightRange.count }
        return ByteText.compare(left.extracting(leftRange), right.extracting(rightRange))
    }

    private static func comparePreReleases(
        _ left: Span<UInt8>, _ leftRange: Range<Int>, _ right: Span<UInt8>, _ rightRange: Range<Int>
    ) -> Int {
        var (leftStart, rightStart) = (leftRange.lowerBound, rightRange.lowerBound)
        while leftStart < leftRange.upperBound, rightStart < rightRange.upperBound {
            let (one, oneIsNumber) = identifier(left, from: leftStart, to: leftRange.upperBound)
            let (other, otherIsNumber) = identifier(right, from: rightStart, to: rightRange.upperBound)
            if oneIsNumber != otherIsNumber { return oneIsNumber ? -1 : 1 }
            let order =
                oneIsNumber
                ? compareNumbers(left, one, right, other)
                : ByteText.compare(left.extracting(one), right.extracting(other))
            if order != 0 { return order }
            (leftStart, rightStart) = (one.upperBound + 1, other.upperBound + 1)
        }
        // All that both have is equal: the one with more has the higher precedence.
        return (leftStart < leftRange.upperBound ? 1 : 0) - (rightStart < rightRange.upperBound ? 1 : 0)
    }

    private static func identifier(_ text: Span<UInt8>, from start: Int, to end: Int) -> (Range<Int>, isNumber: Bool) {
        var index = start
        var isNumber = true
        while index < end, text[index] != UInt8(ascii: ".") {
            if !isDigit(text[index]) { isNumber = false }
            index += 1
        }
        return (start..<index, isNumber)
    }
}

extension SemanticVersion {
    /// The order of `chart_version`: Semantic Versions by precedence, then all other texts by bytes. Texts of equal
    /// precedence (`1.0.0`, `v1.0.0+build`) are equal here.
    static func compareTexts(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        switch (SemanticVersion(left), SemanticVersion(right)) {
        case (let one?, let other?): compare(one, in: left, other, in: right)
        case (.some, nil): -1
        case (nil, .some): 1
        case (nil, nil): ByteText.compare(left, right)
        }
    }
}
