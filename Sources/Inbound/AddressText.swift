import Glibc

/// Addresses as people read them.
enum AddressText {
    /// The address of a peer without its port; an IPv4 address that came in by an IPv6 socket is written as IPv4.
    /// `address` must point at a `sockaddr_in` or `sockaddr_in6` when its family says so.
    static func peer(_ address: UnsafePointer<sockaddr>) -> String {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let bytes = raw.load(fromByteOffset: 4, as: (UInt8, UInt8, UInt8, UInt8).self)
            return "\(bytes.0).\(bytes.1).\(bytes.2).\(bytes.3)"
        case AF_INET6:
            let bytes = (0..<16).map { raw.load(fromByteOffset: 8 + $0, as: UInt8.self) }
            if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] {
                return bytes.suffix(4).map(String.init).joined(separator: ".")
            }
            return ipv6(bytes)
        default: return "unknown"
        }
    }
    /// Sixteen bytes in the form of RFC 5952.
    static func ipv6(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 46)  // INET6_ADDRSTRLEN
        guard bytes.count == 16, inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
