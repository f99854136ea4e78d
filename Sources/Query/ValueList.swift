/// The value of a simple parameter: `a,b` any of, `!a,b` none of; `*` is a wildcard, `\` escapes `, ! * \`.
struct ValueList {
    struct Item {
        /// What stands between the wildcards, escapes resolved.
        let pieces: [[UInt8]]
        /// As it was written.
        let raw: String
        /// Where it begins in the parameter's value, in bytes.
        let position: Int

        var pattern: TextPattern { TextPattern(pieces: pieces) }
        /// The text, when there is no wildcard in it.
        var text: String? { pieces.count == 1 ? String(decoding: pieces[0], as: UTF8.self) : nil }
    }
    let isNegated: Bool
    let items: [Item]

    /// What makes a value none.
    struct Fault: Error {
        let detail: String
        let position: Int
        let token: String
        let hint: String?
    }
    /// Names of Kubernetes objects have at most 253 bytes.
    static let itemByteLimit = 256

    /// Every fault is appended to `faults`; items without one are still returned.
    init(_ value: String, faults: inout [Fault]) {
        let bytes = Array(value.utf8)
        isNegated = bytes.first == UInt8(ascii: "!")
        var items: [Item] = []
        var start = isNegated ? 1 : 0
        while true {
            let (item, end) = Self.item(bytes, from: start, faults: &faults)
            if let item { items.append(item) }
            if end >= bytes.count { break }
            start = end + 1
        }
        self.items = items
    }

    // MARK: -

    /// One item and where its comma is, or the end.
    private static func item(_ bytes: [UInt8], from start: Int, faults: inout [Fault]) -> (Item?, end: Int) {
        var pieces: [[UInt8]] = [[]]
        var length = 0
        var index = start
        var isSound = true
        func fault(_ detail: String, at position: Int, hint: String?) -> Fault {
            let end = bytes[position...].dropFirst().firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
            let token = String(decoding: bytes[position..<end], as: UTF8.self).cut(toBytes: 64)
            return Fault(detail: detail, position: position, token: token, hint: hint)
        }
        while index < bytes.count, bytes[index] != UInt8(ascii: ",") {
            var byte = bytes[index]
            if byte == UInt8(ascii: "*") {
                pieces.append([])
            } else {
                if byte == UInt8(ascii: "\\") {
                    guard index + 1 < bytes.count, "\\,!*".utf8.contains(bytes[index + 1]) else {
                        if isSound {
                            faults.append(
                                fault("a backslash escapes nothing here", at: index, hint: #"\\ for a backslash"#))
                        }
                        isSound = false
                        index += 1
                        continue
                    }
                    index += 1
                    byte = bytes[index]
                } else if byte == UInt8(ascii: "!"), index == start {
                    faults.append(
                        fault("! stands once, before the whole list", at: index, hint: #"\! for an exclamation mark"#))
                    isSound = false
                }
                pieces[pieces.count - 1].append(byte)
                length += 1
            }
            index += 1
        }
        if index == start {
            faults.append(
                Fault(
                    detail: "a value is empty", position: start, token: "", hint: "leave the parameter or the comma out"
                ))
            return (nil, index)
        }
        if length > itemByteLimit {
            faults.append(fault("a value is longer than \(itemByteLimit) bytes", at: start, hint: nil))
            isSound = false
        }
        let raw = String(decoding: bytes[start..<index], as: UTF8.self)
        return (isSound ? Item(pieces: pieces, raw: raw, position: start) : nil, index)
    }
}
