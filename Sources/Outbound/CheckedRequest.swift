/// A request that may go out: every byte of it means to libcurl and to the server what it means to us.
struct CheckedRequest: Sendable {
    let origin: Origin
    let method: OutboundRequest.Method
    let url: String
    /// Field lines in libcurl's notation, `Name: value`, or `Name;` where the value is empty.
    let lines: [String]
    let body: [UInt8]

    /// - Parameters:
    ///   - admitted: the origin that the call was admitted for.
    ///   - plainOrigins: where `http` is allowed.
    init(_ request: OutboundRequest, admitted: Origin, plainOrigins: Set<Origin>) throws(TransportError) {
        func refuse(_ detail: String) -> TransportError { TransportError(.invalidRequest, detail: detail) }

        guard request.url.utf8.count <= 16_384 else { throw refuse("the URL is longer than 16 KiB") }
        // Printable ASCII alone: no line break, nothing that libcurl would escape, no fragment for it to drop.
        guard request.url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 }) else {
            throw refuse("the URL has a byte that must be percent-encoded")
        }
        let origin = try Self.origin(of: request.url, admitted: admitted)
        guard origin == admitted else { throw refuse("the URL leads to another origin than the call was admitted for") }
        guard origin.isSecure || plainOrigins.contains(origin) else { throw refuse("http is not allowed there") }

        var lines: [String] = []
        var size = 0
        for field in request.fields {
            guard Self.isToken(field.name) else { throw refuse("a field name is not a token") }
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refuse("a field value has a control character")
            }
            size += field.name.utf8.count + field.value.utf8.count + 4
            switch field.name.lowercased() {
            case "host":
                guard field.value == origin.hostField else { throw refuse("Host is not that of the URL") }
                continue
            case "content-length":
                guard field.value == String(request.body.count) else { throw refuse("Content-Length is wrong") }
                continue
            case let name where Self.ours.contains(name):
                throw refuse("a field that only the transport may set")
            default:
                // libcurl takes a field with nothing but blanks after the colon as an order to leave it out.
                let value = Self.trimmed(field.value)
                lines.append(value.isEmpty ? "\(field.name);" : "\(field.name): \(value)")
            }
        }
        guard size <= 65_536, lines.count <= 200 else { throw refuse("more than 200 fields or 64 KiB of them") }
        guard request.method != .get || request.body.isEmpty else { throw refuse("a GET with a body") }

        // What libcurl would add by itself: a field without a value is an order to leave it out.
        let given = Set(request.fields.map { $0.name.lowercased() })
        for name in ["Accept", "User-Agent", "Content-Type", "Expect"] where !given.contains(name.lowercased()) {
            lines.append("\(name):")
        }
        self.origin = origin
        self.method = request.method
        self.url = request.url
        self.lines = lines
        self.body = request.body
    }

    // MARK: -

    /// - Parameter admitted: whose text the URL begins with as a rule, which is quickly seen.
    private static func origin(of url: String, admitted: Origin) throws(TransportError) -> Origin {
        let rest = url.utf8.dropFirst(admitted.description.utf8.count)
        if url.utf8.starts(with: admitted.description.utf8), rest.first.map({ $0 == 0x2F || $0 == 0x3F }) ?? true {
            return admitted
        }
        guard let (origin, _) = Origin.split(url) else {
            throw TransportError(
                .invalidRequest, detail: "the URL is not an absolute one with scheme http or https")
        }
        return origin
    }

    /// They frame the message, steer the connection, or are the transport's own.
    private static let ours: Set<String> = [
        "accept-encoding", "connection", "expect", "http2-settings", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]
    /// RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }
    private static func trimmed(_ value: String) -> Substring {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let bytes = value.utf8
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return Substring(bytes[first...last])
    }
}
