import Glibc

/// Why a listener did not start.
package enum InboundError: Error, Equatable, CustomStringConvertible {
    /// A system call on the listening socket; `code` is an `errno`.
    case socket(doing: String, address: String, code: Int32)
    /// libmicrohttpd could not start its threads or epoll sets.
    case daemon(address: String)

    package var description: String {
        switch self {
        case .socket(let doing, let address, let code):
            "\(doing) \(address): \(String(cString: strerror(code)))"
        case .daemon(let address): "start libmicrohttpd on \(address)"
        }
    }
}

enum ListenSocket {
    /// Fewer would refuse a burst that the event loop takes in a millisecond. The system may cut it to `somaxconn`.
    static let backlog: Int32 = 4096

    /// A listening socket and its port, which is the system's choice when the address asks for 0.
    static func open(_ address: ListenAddress) throws(InboundError) -> (descriptor: Int32, port: UInt16) {
        let isIPv6 = if case .ipv6 = address.host { true } else { false }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        func check(_ result: Int32, _ doing: String) throws(InboundError) {
            guard result < 0 else { return }
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw .socket(doing: doing, address: address.description, code: code)
        }
        try check(descriptor, "open a socket for")
        var on: Int32 = 1
        var off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        try check(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size), "set SO_REUSEADDR for")
        if isIPv6 {
            try check(setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size), "clear IPV6_V6ONLY for")
        }
        var storage = SocketAddress(address)
        try check(storage.withPointer { bind(descriptor, $0, $1) }, "bind")
        try check(listen(descriptor, backlog), "listen on")
        try check(storage.read { getsockname(descriptor, $0, $1) }, "read the port of")
        return (descriptor, storage.port)
    }
}

/// A `sockaddr_in` or `sockaddr_in6`, byte by byte: family, port and address stand at fixed offsets.
private struct SocketAddress {
    private var storage = sockaddr_storage()
    private var count: socklen_t

    init(_ address: ListenAddress) {
        let (family, bytes, offset, count) =
            switch address.host {
            case .ipv4(let bytes): (AF_INET, bytes, 4, MemoryLayout<sockaddr_in>.size)
            case .ipv6(let bytes): (AF_INET6, bytes, 8, MemoryLayout<sockaddr_in6>.size)
            }
        self.count = socklen_t(count)
        storage.ss_family = sa_family_t(family)
        withUnsafeMutableBytes(of: &storage) { raw in
            raw.storeBytes(of: address.port.bigEndian, toByteOffset: 2, as: UInt16.self)
            for (index, byte) in bytes.enumerated() { raw[offset + index] = byte }
        }
    }
    var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
    mutating func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        let count = count
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, count) }
        }
    }
    mutating func read(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> Int32 {
        var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
        defer { self.count = count }
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &count) }
        }
    }
}
