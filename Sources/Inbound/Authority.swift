/// `host` or `host:port`, of an absolute target or a `Host` field (RFC 3986 §3.2, without user information).
enum Authority {
    /// In lower case; nil when it is empty or malformed.
    static func parse(_ bytes: some BidirectionalCollection<UInt8>) -> String? {
        guard bytes.count <= 255, let first = bytes.first else { return nil }
        let lowered = bytes.map(asciiLowercased)
        let afterHost: ArraySlice<UInt8>
        if first == UInt8(ascii: "[") {
            guard let close = lowered.firstIndex(of: UInt8(ascii: "]")), close > 1,
                lowered[1..<close].allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
            afterHost = lowered[(close + 1)...]
        } else {
            let end = lowered.firstIndex(of: UInt8(ascii: ":")) ?? lowered.endIndex
            guard end > 0, lowered[..<end].allSatisfy(isNameByte) else { return nil }
            afterHost = lowered[end...]
        }
        if let colon = afterHost.first {
            let port = afterHost.dropFirst()
            guard colon == UInt8(ascii: ":"), port.count <= 5, port.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return nil
            }
        }
        return String(decoding: lowered, as: UTF8.self)
    }
    private static func isHex(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
    /// Unreserved characters of RFC 3986 in lower case. Its sub-delimiters and escapes occur in no name that resolves.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || "-._~".utf8.contains(byte)
    }
}
