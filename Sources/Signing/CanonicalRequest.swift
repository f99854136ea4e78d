import Cryptography

/// A request in the one form that both ends of a call hash (cce-api §6.1).
package struct CanonicalRequest: Sendable, Equatable {
    package let text: String
    /// The signed names in lower case, sorted and joined by `;`.
    package let signedNames: String

    /// - Parameters:
    ///   - path: encoded or raw; decoded once either way.
    ///   - query: decoded names and values.
    ///   - fields: exactly those to sign. Of two with the same name the later counts.
    ///   - payloadHash: the last line, see `payloadHash(of:declared:)`.
    package init(
        method: String, path: String, query: [(name: String, value: String)], fields: [(name: String, value: String)],
        payloadHash: String
    ) {
        let signed = Self.sorted(fields)
        let names = signed.map(\.name).joined(separator: ";")
        var text: [UInt8] = []
        text.reserveCapacity(512)
        func line(_ content: some Sequence<UInt8>) {
            text.append(contentsOf: content)
            text.append(UInt8(ascii: "\n"))
        }
        line(method.utf8.map(asciiUppercased))
        line(Self.path(path).utf8)
        line(Self.query(query).utf8)
        for field in signed {
            text.append(contentsOf: field.name.utf8)
            text.append(UInt8(ascii: ":"))
            line(Self.trimmed(field.value).utf8)
        }
        line([])
        line(names.utf8)
        text.append(contentsOf: payloadHash.utf8)
        self.text = String(decoding: text, as: UTF8.self)
        signedNames = names
    }

    /// `SDK-HMAC-SHA256`, the date as in `X-Sdk-Date`, and the hash of this request.
    package func stringToSign(date: String) -> String { "\(Self.algorithm)\n\(date)\n\(hex(sha256(text.utf8)))" }

    package static let algorithm = "SDK-HMAC-SHA256"

    // MARK: - The rules one by one

    /// The path as it goes on the wire: decoded once, each segment encoded; no slash is added at its end.
    ///
    /// `//` and dot segments stay although the cloud's guide says otherwise: no signer removes them. `%2F` becomes a
    /// separator, so a segment must not contain a slash.
    package static func wirePath(_ path: String) -> String {
        if path.isEmpty { return "/" }
        if path.utf8.allSatisfy({ $0 == UInt8(ascii: "/") || PercentEncoding.isUnreserved($0) }) { return path }
        var encoded: [UInt8] = []
        for byte in PercentEncoding.decode(path.utf8) {
            if byte == UInt8(ascii: "/") {
                encoded.append(byte)
            } else {
                PercentEncoding.append(CollectionOfOne(byte), to: &encoded)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
    /// The path as it is signed: it always ends with a slash.
    package static func path(_ path: String) -> String {
        let wire = wirePath(path)
        return wire.utf8.last == UInt8(ascii: "/") ? wire : wire + "/"
    }

    /// Pairs sorted by their decoded bytes, name first, then encoded; `=` is always there. Sent as it is signed.
    package static func query(_ pairs: [(name: String, value: String)]) -> String {
        guard !pairs.isEmpty else { return "" }
        // By bytes: `String` compares canonically equivalent texts as equal.
        let sorted = pairs.sorted { left, right in
            left.name.utf8.elementsEqual(right.name.utf8)
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        var encoded: [UInt8] = []
        for pair in sorted {
            if !encoded.isEmpty { encoded.append(UInt8(ascii: "&")) }
            PercentEncoding.append(pair.name.utf8, to: &encoded)
            encoded.append(UInt8(ascii: "="))
            PercentEncoding.append(pair.value.utf8, to: &encoded)
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// What a body is signed as: its hash, or what `X-Sdk-Content-Sha256` declares instead.
    ///
    /// A declaration for an empty body is passed over, as the Python SDK does; those of Go and Java do not. We never
    /// send such a request, but the vectors hold one.
    package static func payloadHash(of body: [UInt8], declared: String?) -> String {
        if body.isEmpty { return emptyHash }
        return declared ?? hex(sha256(body))
    }
    package static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// Names with `_` are never signed, nor is the signature itself.
    package static func isSigned(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "_")) && !isEqual(name, "authorization")
    }
    /// Whether a field's name is this one, which must be given in lower case.
    package static func isEqual(_ name: String, _ lowered: String) -> Bool {
        name.utf8.count == lowered.utf8.count && zip(name.utf8, lowered.utf8).allSatisfy { asciiLowercased($0) == $1 }
    }

    private static func sorted(_ fields: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var sorted: [(name: String, value: String)] = []
        sorted.reserveCapacity(fields.count)
        // Insertion: there are about six of them.
        for field in fields {
            let name = field.name.utf8.contains { (0x41...0x5A).contains($0) } ? field.name.lowercased() : field.name
            let position = sorted.lastIndex { !name.utf8.lexicographicallyPrecedes($0.name.utf8) }
            if let position, sorted[position].name.utf8.elementsEqual(name.utf8) {
                sorted[position].value = field.value
            } else {
                sorted.insert((name, field.value), at: position.map { $0 + 1 } ?? 0)
            }
        }
        return sorted
    }
    /// Without the blanks at both ends; those inside stay.
    private static func trimmed(_ value: String) -> Substring {
        if let first = value.utf8.first, let last = value.utf8.last, (0x21...0x7E).contains(first),
            (0x21...0x7E).contains(last)
        {
            return value[...]
        }
        let scalars = value.unicodeScalars[...]
        let start = scalars.drop { $0.properties.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return Substring(start[...last])
    }
}

private func asciiUppercased(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte - 32 : byte }
private func asciiLowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 32 : byte }
