import Cryptography

/// A weak validator (RFC 9110 §8.8.3): equal when two answers say the same, whatever their time stamps.
struct EntityTag: Equatable {
    /// With `W/` and quotation marks.
    let text: String

    /// Over what was fed to `content`.
    init(_ content: [UInt8]) { text = "W/\"\(hex(sha256(content).prefix(16)))\"" }

    /// Whether one of the tags in `If-None-Match` is this one, compared weakly (RFC 9110 §13.1.2); `*` is any.
    func matches(_ fields: [(name: String, value: String)]) -> Bool {
        let opaque = text.dropFirst(2)
        for field in fields where field.name == "if-none-match" {
            // Our tags hold no commas, so a foreign tag that does falls apart into pieces that match nothing.
            for element in field.value.split(separator: ",") {
                let tag = element.trimmed
                if tag == "*" || tag == opaque || tag == text { return true }
            }
        }
        return false
    }
}

/// Collects what an answer says, piece by piece; pieces cannot run into each other.
struct Fingerprint {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
    mutating func add(_ text: String?) {
        add(text != nil)
        if let text { add(text) }
    }
    mutating func add(_ value: UInt64) { bytes.append(bigEndian: value) }
    mutating func add(contentsOf other: [UInt8]) { bytes.append(contentsOf: other) }
    mutating func add(_ value: Int) { add(UInt64(bitPattern: Int64(value))) }
    mutating func add(_ value: Bool) { bytes.append(value ? 1 : 0) }
}
