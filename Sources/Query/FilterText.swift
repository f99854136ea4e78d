/// How the language of `filter=` writes what stands in a term, and which bytes may stand there.
enum FilterText {
    /// Blanks between words of the language; no other.
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// May stand in the name of a field or a function, and in the key of a label, without quotes.
    static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// May stand in a value without quotes.
    static func isOfBareValue(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !"()\"',=<>!|&;".utf8.contains(byte)
    }

    /// A `\` takes the meaning from these; before any other byte it has none itself.
    static func isEscapable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Words of the language: as values they are quoted.
    static let keywords = ["AND", "OR", "NOT"]

    /// What only looks like the end of a value to a reader: no blank but the plain ones ends it.
    static func hasOtherBlanks(_ text: String) -> Bool {
        text.unicodeScalars.contains {
            !$0.isASCII && ($0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint)
        }
    }

    /// A value with wildcards between the pieces, in quotes where it must be.
    ///
    /// - Parameter escapesComparison: it is text, though it begins like a range of versions.
    static func value(pieces: [[UInt8]], escapesComparison: Bool = false) -> String {
        var bytes: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "*")) }
            for byte in piece {
                let isComparison = escapesComparison && bytes.isEmpty && "<>=^~".utf8.contains(byte)
                if "\\*\"".utf8.contains(byte) || isComparison { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let isBare =
            !bytes.isEmpty && bytes.allSatisfy(isOfBareValue) && bytes[0] != UInt8(ascii: "~")
            && !keywords.contains(text) && !hasOtherBlanks(text)
        return isBare ? text : "\"\(text)\""
    }

    static func labelKey(_ key: String) -> String {
        if key.utf8.allSatisfy(isOfName), !key.isEmpty { return key }
        let value = value(pieces: [Array(key.utf8)])
        return value.utf8.first == UInt8(ascii: "\"") ? value : "\"\(value)\""
    }
}
