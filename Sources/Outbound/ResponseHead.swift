/// Collects the head of an answer, line by line as libcurl cuts it.
///
/// Interim answers (1xx) are passed over, trailers counted and dropped. Both count towards the limits, so that no
/// endless row of either is read.
struct ResponseHead {
    enum Verdict: Equatable {
        case goOn
        case tooLarge
        case invalid
    }
    static let byteLimit = 64 << 10
    static let fieldLimit = 200

    private(set) var status = 0
    private(set) var fields: [HTTPField] = []
    /// What `Content-Length` announces; nil without one, or when the body is encoded.
    private(set) var announcedLength: Int?
    private var bytes = 0
    private var lines = 0
    /// The empty line behind a final answer's fields has come.
    private(set) var isWhole = false

    /// - Parameter line: with its line end; the empty line ends the head.
    mutating func add(_ line: UnsafeBufferPointer<CChar>, bodyLimit: Int) -> Verdict {
        let text = line.withMemoryRebound(to: UInt8.self) { Self.withoutLineEnd($0) }
        bytes += line.count
        lines += 1
        guard bytes <= Self.byteLimit, lines <= Self.fieldLimit + 2 else { return .tooLarge }
        if text.isEmpty { return isWhole ? .goOn : end(bodyLimit: bodyLimit) }
        if isWhole { return .goOn }
        if text.starts(with: "HTTP/".utf8) {
            fields = []
            guard let code = Self.status(text) else { return .invalid }
            status = code
            return .goOn
        }
        // A continued line (RFC 9112 §5.2) starts with a blank, which is no token either.
        guard let colon = text.firstIndex(of: 0x3A), colon > 0, let name = text.first, name != 0x20, name != 0x09 else {
            return .invalid
        }
        guard fields.count < Self.fieldLimit else { return .tooLarge }
        let value = text[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        fields.append(HTTPField(String(decoding: text[..<colon], as: UTF8.self), Self.text(value)))
        return .goOn
    }

    // MARK: -

    private mutating func end(bodyLimit: Int) -> Verdict {
        guard status >= 200 else { return .goOn }  // interim: the next status line starts anew
        isWhole = true
        let encodings = values("content-encoding").filter { $0 != "identity" }
        // libcurl would undo any coding it knows, offered or not, and five of them in a row.
        guard encodings.isEmpty || encodings == ["gzip"] || encodings == ["x-gzip"] else { return .invalid }
        guard values("transfer-encoding").allSatisfy({ $0 == "chunked" || $0 == "identity" }) else { return .invalid }
        if let length = values("content-length").first.flatMap({ Int($0) }) {
            guard length <= bodyLimit else { return .tooLarge }
            if encodings.isEmpty { announcedLength = length }
        }
        return .goOn
    }
    private func values(_ name: String) -> [String] {
        fields.lazy.filter { $0.name.lowercased() == name }.map { $0.value.lowercased() }
    }
    /// `HTTP/1.1 200 OK`: libcurl has checked the rest.
    private static func status(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard let space = line.firstIndex(of: 0x20) else { return nil }
        let digits = line[(space + 1)...].prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    private static func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        let end = bytes.lastIndex { $0 != 0x20 && $0 != 0x09 }
        return end.map { String(decoding: bytes[...$0], as: UTF8.self) } ?? ""
    }
    private static func withoutLineEnd(
        _ line: UnsafeBufferPointer<UInt8>
    ) -> Slice<UnsafeBufferPointer<UInt8>> {
        var text = line[...]
        if text.last == 0x0A { text = text.dropLast() }
        if text.last == 0x0D { text = text.dropLast() }
        return text
    }
}
