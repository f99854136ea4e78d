/// Scheme, host and port of a URL, in the one form in which limits are counted and allow lists compared.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// Lower case; an IPv6 address with its brackets.
    package let host: String
    package let port: UInt16

    /// What `Host` says on the wire, and what a signature must have signed: the port stands there unless it is the
    /// scheme's own (RFC 9110 §7.2).
    package var hostField: String { port == (isSecure ? 443 : 80) ? host : "\(host):\(port)" }
    /// `https://cce.cn-north-4.myhuaweicloud.com`
    package let description: String
    /// Needs no lookup.
    let isAddress: Bool

    package static func == (left: Origin, right: Origin) -> Bool { left.description == right.description }
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Nil unless `url` is absolute, http or https, with a plain host name or address: no user information, no
    /// percent-escapes, nothing that libcurl could read differently than we do.
    package init?(of url: String) {
        guard let (origin, _) = Self.split(url) else { return nil }
        self = origin
    }

    /// The origin, and the rest from the path on.
    static func split(_ url: String) -> (origin: Origin, rest: Substring)? {
        let isSecure: Bool
        let afterScheme: Substring
        if url.hasPrefix("https://") {
            (isSecure, afterScheme) = (true, url.dropFirst(8))
        } else if url.hasPrefix("http://") {
            (isSecure, afterScheme) = (false, url.dropFirst(7))
        } else {
            return nil
        }
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard authority.utf8.count <= 300, let (host, port) = splitPort(authority) else { return nil }
        let origin = Origin(isSecure: isSecure, host: host.lowercased(), port: port ?? (isSecure ? 443 : 80))
        return (origin, afterScheme[authority.endIndex...])
    }

    private init(isSecure: Bool, host: String, port: UInt16) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        let isDefaultPort = port == (isSecure ? 443 : 80)
        description = "\(isSecure ? "https" : "http")://\(isDefaultPort ? host : "\(host):\(port)")"
        isAddress = host.hasPrefix("[") || host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }
    private static func splitPort(_ authority: Substring) -> (host: Substring, port: UInt16?)? {
        var host = authority
        var port: UInt16?
        let bracket = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...].utf8
            guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(Substring(digits)), number > 0
            else { return nil }
            port = number
        }
        if host.hasPrefix("[") {
            let inner = host.dropFirst().dropLast().utf8
            guard host.hasSuffix("]"), inner.count >= 2,
                inner.allSatisfy({ isHexDigit($0) || $0 == 0x3A || $0 == 0x2E })
            else { return nil }
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy(isNameByte) else { return nil }
        }
        return (host, port)
    }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
    /// Letters, digits, `-`, `.`, and `_`, which names inside clusters of containers have.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }
}
