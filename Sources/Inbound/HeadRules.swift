/// Takes in the fields of one request and says why it is refused, if it is.
///
/// libmicrohttpd 0.9.75 lets nearly everything through, and prefers `Transfer-Encoding` to `Content-Length` without
/// a word: what another server in front of us may read differently is refused here, before a body could be.
struct HeadRules {
    /// A bearer token, cookies of a stranger and the fields of three proxies fit.
    static let maxFieldBytes = 16 << 10
    static let maxFields = 100

    /// Names in lower case.
    private(set) var fields: [(name: String, value: String)] = []
    /// Of names and values, with what stands between them.
    private(set) var byteCount = 0
    private var malformed: Refusal?
    private var hasBody = false
    private var contentLengths = 0
    private var hasTransferEncoding = false
    private var hosts: [String?] = []
    private var hasExpectation = false

    init() { fields.reserveCapacity(8) }

    mutating func add(name: some Collection<UInt8>, value raw: some BidirectionalCollection<UInt8>) {
        byteCount += name.count + raw.count + 4
        guard malformed == nil else { return }
        guard fields.count < Self.maxFields, byteCount <= Self.maxFieldBytes else {
            malformed = .fieldsTooLarge
            return
        }
        guard !name.isEmpty, name.allSatisfy(Self.isTokenByte) else {
            malformed = .badRequest("a field name is not a token")
            return
        }
        guard raw.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            malformed = .badRequest("a field value holds a control character")
            return
        }
        let value = raw.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
        let lowered = String(decoding: name.map(asciiLowercased), as: UTF8.self)
        switch lowered {
        case "transfer-encoding":
            hasTransferEncoding = true
            if !value.map(asciiLowercased).elementsEqual("chunked".utf8) {
                malformed = .badRequest("Transfer-Encoding is not chunked")
            }
        case "content-length":
            contentLengths += 1
            if value.isEmpty || !value.allSatisfy({ (0x30...0x39).contains($0) }) {
                malformed = .badRequest("Content-Length is not a number")
            }
            if value.contains(where: { $0 != 0x30 }) { hasBody = true }
        case "host": hosts.append(Authority.parse(Array(value)))
        case "expect": hasExpectation = true
        default: break
        }
        fields.append((lowered, String(decoding: Array(value), as: UTF8.self)))
    }

    /// The framing comes first: where it is in doubt, nothing else of the request can be believed.
    func refusal(method: String, isHTTP11: Bool, target: RequestTarget) -> Refusal? {
        if let malformed { return malformed }
        if contentLengths > 1 { return .badRequest("Content-Length is given more than once") }
        if hasTransferEncoding, contentLengths > 0 || !isHTTP11 {
            return .badRequest("Transfer-Encoding does not go with Content-Length or HTTP/1.0")
        }
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
            return .badRequest("the method is not a token")
        }
        if hosts.count > 1 { return .badRequest("Host is given more than once") }
        if hosts.isEmpty, isHTTP11 { return .badRequest("Host is missing") }
        if let host = hosts.first {
            guard let host else { return .badRequest("Host is malformed") }
            if let authority = target.authority, authority != host {
                return .badRequest("the authority of the request target is not that of Host")
            }
        }
        if target.rawPath == "*", method != "OPTIONS" {
            return .badRequest("the target * is for OPTIONS alone")
        }
        if hasBody || hasTransferEncoding { return .bodyNotAllowed }
        if hasExpectation, isHTTP11 { return .badRequest("Expect without a body cannot be met") }
        return nil
    }

    /// RFC 9110 §5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e...0x60, 0x7c, 0x7e: true
        default: false
        }
    }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
