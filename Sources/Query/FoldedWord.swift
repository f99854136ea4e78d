/// A word to be found as a part of a text, whatever the case of either.
///
/// Case is folded scalar by scalar: to upper, then to lower case, as far as one scalar stays one. So `É` finds `é` and
/// `Σ` finds `ς`; `ß` does not find `SS`, and composed and decomposed letters differ.
struct FoldedWord {
    private let search: ByteSearch

    init(folded word: String) { search = ByteSearch(Array(word.utf8)) }

    /// What stands between blanks of any kind.
    static func words(of text: String) -> [Substring] {
        text.unicodeScalars.split { $0.properties.isWhitespace }.map { Substring($0) }
    }

    static func fold(_ text: some StringProtocol) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { folded.append(CaseFolding.fold(scalar)) }
        return String(folded)
    }

    func isPart(of text: String) -> Bool {
        let bytes = text.utf8
        return isPart(of: bytes.span)
    }
    func isPart(of bytes: Span<UInt8>) -> Bool {
        if search.needle.isEmpty { return true }
        var matched = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x80 { return isPart(ofAnyText: String(copying: bytes)) }
            matched = search.advance(matched, by: CaseFolding.fold(ascii: byte))
            if matched == search.needle.count { return true }
            index += 1
        }
        return false
    }

    private func isPart(ofAnyText text: String) -> Bool {
        var matched = 0
        for scalar in text.unicodeScalars {
            for byte in UTF8.encode(CaseFolding.fold(scalar)) ?? UTF8.encodedReplacementCharacter {
                matched = search.advance(matched, by: byte)
                if matched == search.needle.count { return true }
            }
        }
        return false
    }
}

enum CaseFolding {
    static func fold(ascii byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return Unicode.Scalar(fold(ascii: UInt8(truncatingIfNeeded: scalar.value))) }
        let offset = Int(scalar.value) - 0x80
        if offset < table.count { return table[offset] }
        // From here to U+A63F there are only scripts without case, Chinese and Japanese among them.
        return (0x2E00..<0xA640).contains(scalar.value) ? scalar : slowly(scalar)
    }

    /// U+0080 through U+2DFF, which holds Latin, Greek and Cyrillic: 47 kB, made when first needed.
    private static let table: [Unicode.Scalar] = (0x80..<0x2E00).map { value in
        Unicode.Scalar(UInt32(value)).map(slowly) ?? "\u{FFFD}"
    }

    private static func slowly(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        func only(_ mapped: String) -> Unicode.Scalar? {
            mapped.unicodeScalars.count == 1 ? mapped.unicodeScalars.first : nil
        }
        let upper = only(scalar.properties.uppercaseMapping) ?? scalar
        return only(upper.properties.lowercaseMapping) ?? only(scalar.properties.lowercaseMapping) ?? scalar
    }
}
