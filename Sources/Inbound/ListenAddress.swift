import Glibc

/// An address to listen on: a literal, never a name, since a name may mean something else tomorrow.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    package enum Host: Sendable, Hashable {
        /// Four bytes, as on the wire.
        case ipv4([UInt8])
        /// Sixteen bytes, as on the wire. `::` takes IPv4 connections too.
        case ipv6([UInt8])
    }
    package let host: Host
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }
    package static func loopback(port: UInt16) -> Self { Self(host: .ipv4([127, 0, 0, 1]), port: port) }

    /// `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:80`, `localhost:8080` (which is 127.0.0.1); nil for anything else.
    package init?(parsing text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let portText = text[text.index(after: colon)...]
        guard (1...5).contains(portText.utf8.count), portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(portText)
        else { return nil }
        var hostText = text[..<colon]
        if hostText.utf8.first == UInt8(ascii: "[") {
            guard hostText.utf8.last == UInt8(ascii: "]") else { return nil }
            hostText = hostText.dropFirst().dropLast()
            guard let bytes = Self.bytes(of: String(hostText), family: AF_INET6, count: 16) else { return nil }
            self.init(host: .ipv6(bytes), port: port)
        } else {
            let literal = hostText == "localhost" ? "127.0.0.1" : String(hostText)
            guard let bytes = Self.bytes(of: literal, family: AF_INET, count: 4) else { return nil }
            self.init(host: .ipv4(bytes), port: port)
        }
    }
    private static func bytes(of literal: String, family: Int32, count: Int) -> [UInt8]? {
        guard !literal.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, literal, &bytes) == 1 ? bytes : nil
    }

    /// Reachable from this machine alone: 127.0.0.0/8, `::1`, and the former written as IPv6.
    package var isLoopback: Bool {
        switch host {
        case .ipv4(let bytes): bytes[0] == 127
        case .ipv6(let bytes):
            bytes.dropLast() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] && bytes[15] == 1
                || bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] && bytes[12] == 127
        }
    }
    package var description: String {
        switch host {
        case .ipv4(let bytes): "\(bytes.map(String.init).joined(separator: ".")):\(port)"
        case .ipv6(let bytes): "[\(AddressText.ipv6(bytes))]:\(port)"
        }
    }
}
