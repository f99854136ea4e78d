/// Takes a text in the language of `filter=` apart. Positions are bytes from 0 and stand at the beginning of a scalar.
struct FilterScanner {
    let bytes: [UInt8]
    private(set) var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// What cannot be read.
    struct Fault: Error {
        let detail: String
        let position: Int
        let hint: String?
    }
    /// The name of a field or a function.
    struct Name {
        /// Of a label: with its key unquoted.
        let text: String
        let labelKey: String?
        let position: Int
    }
    struct Value {
        /// What stands between the wildcards, escapes resolved.
        let pieces: [[UInt8]]
        /// As it was written, quotes included.
        let token: String
        let position: Int
        let isQuoted: Bool

        /// The text, when there is no wildcard in it.
        var text: String? { pieces.count == 1 ? String(decoding: pieces[0], as: UTF8.self) : nil }
        var pattern: TextPattern { TextPattern(pieces: pieces) }
        var isLoneWildcard: Bool { pieces.count > 1 && pieces.allSatisfy(\.isEmpty) }
        var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }
        /// What it begins with as it was written, quotes aside.
        var firstByte: UInt8? { token.utf8.dropFirst(isQuoted ? 1 : 0).first }
    }

    var isAtEnd: Bool { index == bytes.count }
    var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func skipBlanks() { while index < bytes.count, FilterText.isBlank(bytes[index]) { index += 1 } }

    mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        index += 1
        return true
    }

    mutating func takeOperator() -> FilterOperator? {
        guard let found = FilterOperator.allCases.first(where: { bytes[index...].starts(with: $0.rawValue.utf8) })
        else {
            return nil
        }
        index += found.rawValue.utf8.count
        return found
    }

    /// The word that stands here, if it is one of these.
    mutating func takeKeyword(_ keywords: [String]) -> String? {
        let end = endOfName(from: index)
        guard let found = keywords.first(where: { bytes[index..<end].elementsEqual($0.utf8) }) else { return nil }
        index = end
        return found
    }

    /// Nil when no name begins here; then nothing is taken.
    mutating func takeName() throws(Fault) -> Name? {
        let start = index
        let end = endOfName(from: start)
        if end == start { return nil }
        index = end
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard text.utf8.starts(with: "label.".utf8) else { return Name(text: text, labelKey: nil, position: start) }
        if text == "label.", byte == UInt8(ascii: "\"") {
            let key = try takeValue().pieces
            if key.count > 1 {
                throw Fault(detail: "a key has no wildcards", position: end, hint: #"\* for an asterisk"#)
            }
            let name = String(decoding: key[0], as: UTF8.self)
            return Name(text: text + name, labelKey: name, position: start)
        }
        return Name(text: text, labelKey: String(text.dropFirst("label.".count)), position: start)
    }

    /// A value in quotes or without; nothing is taken when none begins here.
    mutating func takeValue() throws(Fault) -> Value {
        let start = index
        let isQuoted = take(UInt8(ascii: "\""))
        var pieces: [[UInt8]] = [[]]
        while let byte {
            if isQuoted ? byte == UInt8(ascii: "\"") : !FilterText.isOfBareValue(byte) { break }
            switch byte {
            case UInt8(ascii: "*"): pieces.append([])
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.count, FilterText.isEscapable(bytes[index + 1]) else {
                    throw Fault(
                        detail: "a backslash escapes nothing here", position: index, hint: #"\\ for a backslash"#)
                }
                index += 1
                pieces[pieces.count - 1].append(bytes[index])
            default: pieces[pieces.count - 1].append(byte)
            }
            index += 1
        }
        if isQuoted, !take(UInt8(ascii: "\"")) {
            throw Fault(
                detail: "the quotation mark has no second one", position: start, hint: #"\" for one in a value"#)
        }
        let token = String(decoding: bytes[start..<index], as: UTF8.self)
        let value = Value(pieces: pieces, token: token, position: start, isQuoted: isQuoted)
        if !isQuoted { try checkBare(value) }
        return value
    }

    /// What stands at `position`, for an error: up to a blank or parenthesis, at least a scalar, at most 64 bytes.
    func token(at position: Int) -> String {
        guard position < bytes.count else { return "" }
        let rest = String(decoding: bytes[position...].prefix(256), as: UTF8.self)
        let length = rest.utf8.prefix { !FilterText.isBlank($0) && !"()".utf8.contains($0) }.count
        if length == 0 { return String(rest.unicodeScalars.prefix(1)) }
        return String(decoding: rest.utf8.prefix(length), as: UTF8.self).cut(toBytes: 64)
    }

    // MARK: -

    private func endOfName(from start: Int) -> Int {
        var end = start
        while end < bytes.count, FilterText.isOfName(bytes[end]) { end += 1 }
        return end
    }

    private func checkBare(_ value: Value) throws(Fault) {
        func fault(_ detail: String, _ hint: String?) -> Fault {
            Fault(detail: detail, position: value.position, hint: hint)
        }
        if value.token.isEmpty {
            switch byte {
            case UInt8(ascii: "'"): throw fault("a value is missing", "put values in double quotes")
            case UInt8(ascii: "="): throw fault("a value is missing", "one = is enough")
            default: throw fault("a value is missing", #"name=redis, or "" for the empty text"#)
            }
        }
        if FilterText.keywords.contains(value.token) {
            throw fault("a value is missing", #"put the word in quotes if it is one"#)
        }
        if value.firstByte == UInt8(ascii: "~") {
            throw fault("there are no regular expressions", "* is a wildcard; quotes make it a text")
        }
        if FilterText.hasOtherBlanks(value.token) {
            throw fault("a blank that is not a plain one, or a character that is not seen", "put the value in quotes")
        }
    }
}
