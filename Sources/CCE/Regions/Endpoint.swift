/// Scheme, host and port of one of the cloud's services.
package struct Endpoint: Sendable, Hashable {
    /// `https://cce.cn-north-4.myhuaweicloud.com`, lower case, without a slash at the end, the port only where it is
    /// not the scheme's own.
    package let origin: String
    /// As it stands in `Host`.
    package let host: String
    package let isEncrypted: Bool

    package struct Invalid: Error, Equatable, Sendable {
        package let detail: String
    }

    /// Without a scheme it is https, as the SDKs have it.
    ///
    /// - Parameter insecure: take `http://` for hosts other than this machine too.
    package init(_ text: String, insecure: Bool = false) throws(Invalid) {
        var rest = text.lowercased()[...]
        if rest.hasPrefix("https://") {
            rest = rest.dropFirst(8)
            isEncrypted = true
        } else if rest.hasPrefix("http://") {
            rest = rest.dropFirst(7)
            isEncrypted = false
        } else if rest.contains("://") {
            throw Invalid(detail: "must begin with https://")
        } else {
            isEncrypted = true
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let (name, port) = try Self.split(rest)
        guard isEncrypted || insecure || Self.isLoopback(name) else {
            throw Invalid(detail: "http:// is taken for loopback hosts alone, or with `insecure: true` on the region")
        }
        // libcurl leaves the scheme's own port out of `Host`, and what is signed must be what is sent.
        let standard = isEncrypted ? 443 : 80
        host = port.map { $0 == standard ? name : "\(name):\($0)" } ?? name
        origin = (isEncrypted ? "https://" : "http://") + host
    }

    private static func split(_ text: Substring) throws(Invalid) -> (name: String, port: Int?) {
        let name: Substring
        let portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw Invalid(detail: "an IPv6 address ends with ]") }
            name = text[...end]
            let address = name.dropFirst().dropLast()
            guard !address.isEmpty, address.utf8.allSatisfy({ isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }) else {
                throw Invalid(detail: "must hold a host name or address")
            }
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw Invalid(detail: "must hold nothing but host and port")
            }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            name = parts.first ?? ""
            portText = parts.count > 1 ? parts[1] : nil
            guard !name.isEmpty, name.utf8.allSatisfy(isHostByte) else {
                throw Invalid(detail: "must be a host name, with a port if need be, without user, path or query")
            }
        }
        guard let portText else { return (String(name), nil) }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText),
            (1...65_535).contains(port)
        else { throw Invalid(detail: "the port must be 1...65535") }
        return (String(name), port)
    }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
    private static func isHostByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
    /// `localhost`, 127.0.0.0/8 written with four numbers, and `[::1]`.
    private static func isLoopback(_ name: String) -> Bool {
        if name == "localhost" || name == "[::1]" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers.first == 127 && !numbers.contains(nil)
    }
}
