/// The request target of a request line (RFC 9112 §3.2), decoded strictly.
///
/// Dot segments stay as they are: nothing here is a file, and resolving them would give one path two names.
package struct RequestTarget: Sendable {
    /// Decoded segments; `/` is `[""]`, the asterisk form is `["*"]`.
    package let path: [String]
    package let rawPath: String
    package let query: [(name: String, value: String)]
    package let rawQuery: String?
    /// `host:port` of an absolute target, else nil. It must be that of the `Host` field.
    package let authority: String?

    /// 16 KiB: twice what common proxies let through, and half of what a connection may hold.
    package static let maxBytes = 16 << 10
    /// More than any filter needs, few enough to be walked over and over.
    package static let maxQueryItems = 512

    /// Every problem is a `Refusal`; no input crashes.
    package static func parse(_ bytes: [UInt8]) throws(Refusal) -> RequestTarget {
        guard bytes.count <= maxBytes else { throw .targetTooLong }
        guard let first = bytes.first else { throw .badRequest("the request target is empty") }
        for byte in bytes where byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "#") {
            throw .badRequest("the request target holds a byte that must be percent-encoded")
        }
        if bytes == [UInt8(ascii: "*")] {
            return RequestTarget(path: ["*"], rawPath: "*", query: [], rawQuery: nil, authority: nil)
        }
        if first == UInt8(ascii: "/") { return try parse(origin: bytes[...], authority: nil) }

        let scheme = Array("http://".utf8)
        guard bytes.count > scheme.count, bytes.prefix(scheme.count).map(asciiLowercased) == scheme else {
            throw .badRequest("the request target must begin with /")
        }
        let rest = bytes[scheme.count...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let authority = Authority.parse(rest[..<end]) else {
            throw .badRequest("the authority of the request target is malformed")
        }
        let origin = rest[end...]
        if origin.first == UInt8(ascii: "/") { return try parse(origin: origin, authority: authority) }
        return try parse(origin: [UInt8(ascii: "/")] + origin, authority: authority)
    }

    // MARK: - The parts

    /// `origin` begins with `/`.
    private static func parse(origin: ArraySlice<UInt8>, authority: String?) throws(Refusal) -> RequestTarget {
        let mark = origin.firstIndex(of: UInt8(ascii: "?")) ?? origin.endIndex
        var path: [String] = []
        for segment in origin[..<mark].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            path.append(try decode(segment, plusIsSpace: false))
        }
        var query: [(name: String, value: String)] = []
        var rawQuery: String?
        if mark < origin.endIndex {
            let text = origin[origin.index(after: mark)...]
            rawQuery = try String(checking: text)
            for item in text.split(separator: UInt8(ascii: "&")) {
                guard query.count < maxQueryItems else {
                    throw .badRequest("the query has more than \(maxQueryItems) parameters")
                }
                let sign = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
                query.append(
                    (
                        name: try decode(item[..<sign], plusIsSpace: true),
                        value: try decode(item[sign...].dropFirst(), plusIsSpace: true)
                    ))
            }
        }
        return RequestTarget(
            path: path, rawPath: try String(checking: origin[..<mark]), query: query, rawQuery: rawQuery,
            authority: authority)
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) throws(Refusal) -> String {
        let percent = UInt8(ascii: "%")
        let plus = UInt8(ascii: "+")
        guard bytes.contains(where: { $0 == percent || (plusIsSpace && $0 == plus) }) else {
            return try String(checking: bytes)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == percent {
                guard bytes.endIndex - index > 2, let high = hexValue(bytes[index + 1]),
                    let low = hexValue(bytes[index + 2])
                else { throw .badRequest("the request target has a malformed percent escape") }
                let value = high << 4 | low
                guard value >= 0x20, value != 0x7f else {
                    throw .badRequest("the request target encodes a control character")
                }
                decoded.append(value)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == plus ? 0x20 : byte)
                index += 1
            }
        }
        return try String(checking: decoded[...])
    }
    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension String {
    fileprivate init(checking bytes: ArraySlice<UInt8>) throws(Refusal) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("the request target is not UTF-8")
        }
        self = text
    }
}

func asciiLowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
