import Compression
import Inbound
import ReleaseModel

/// An answer before it becomes a response: the fields every answer has are added in one place.
struct Answer {
    var status = 200
    var mediaType: StaticString = "application/json"
    var body: [UInt8] = []
    /// In place of `body`.
    var stream: (any BodyStream)?
    /// The value of `Release-Coverage`.
    private(set) var coverage: String?
    /// Nil: only for who asked.
    var sharing: Sharing?
    /// The number under which it is kept for others.
    var keptAs: Int?
    var tag: EntityTag?
    var link: String?
    /// Says nothing of the fleet: caches may share it.
    var isPublic = false
    /// What the body is compressed with.
    private(set) var coding: ContentCoding?
    /// Fields of this answer alone.
    var ownFields: [(name: String, value: String)] = []

    init(mediaType: StaticString = "application/json", body: [UInt8] = []) {
        self.mediaType = mediaType
        self.body = body
    }
    /// The caller has this answer already.
    static func notModified(_ tag: EntityTag, coverage: Coverage?) -> Answer {
        var answer = Answer()
        answer.status = 304
        answer.tag = tag
        answer.coverage = coverage?.headerValue
        return answer
    }
    mutating func cover(_ coverage: Coverage) { self.coverage = coverage.headerValue }

    /// Without its body, when the request says that the caller has it already (RFC 9110 §13.1.2).
    func revalidated(for exchange: Exchange) -> Answer {
        guard status == 200, let tag, tag.matches(exchange.request.fields) else { return self }
        var answer = Answer()
        answer.status = 304
        answer.tag = tag
        answer.coverage = coverage
        return answer
    }
    /// - Parameter coding: what `stream` gives is compressed with it.
    static func stream(_ stream: any BodyStream, mediaType: StaticString, coding: ContentCoding?) -> Answer {
        var answer = Answer(mediaType: mediaType)
        answer.stream = stream
        answer.coding = coding
        return answer
    }
    static func text(_ text: String, status: Int = 200) -> Answer {
        var answer = Answer(mediaType: "text/plain; charset=utf-8", body: Array(text.utf8))
        answer.status = status
        return answer
    }

    // MARK: - Compression

    /// Shorter bodies fit one segment as they are, and a head says more than could be saved.
    private static let bytesWorthCompressing = 1 << 10
    /// Longer bodies are compressed on another thread than the server's: 32 KiB take 0.1 ms.
    private static let bytesCompressedAtOnce = 32 << 10

    /// Whether compressing it takes too long for the server's thread.
    func isLong(for encoding: AcceptEncoding) -> Bool {
        body.count > Self.bytesCompressedAtOnce && willCompress(for: encoding) != nil
    }

    /// In the coding that the client would rather have; as it is where that gains nothing.
    func compressed(for encoding: AcceptEncoding) -> Answer {
        guard let coding = willCompress(for: encoding), let body = coding.compress(body) else { return self }
        var answer = self
        answer.body = body
        answer.coding = coding
        return answer
    }
    private func willCompress(for encoding: AcceptEncoding) -> ContentCoding? {
        guard coding == nil, status != 304, status != 204, !body.isEmpty, let preferred = encoding.preferred else {
            return nil
        }
        return body.count >= Self.bytesWorthCompressing || !encoding.takesIdentity ? preferred : nil
    }

    // MARK: - The response

    func response(requestID: String) -> InboundResponse {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(10)
        if status != 304, status != 204 { fields.append(("Content-Type", mediaType.description)) }
        if let coding { fields.append(("Content-Encoding", coding.rawValue)) }
        if let coverage { fields.append(("Release-Coverage", coverage)) }
        if let link { fields.append(("Link", link)) }
        if let tag { fields.append(("ETag", tag.text)) }
        fields.append(contentsOf: ownFields)
        // Kept by the caller alone, and asked about before every use.
        fields.append(("Cache-Control", isPublic ? "no-cache" : "private, no-cache"))
        fields.append(("Vary", "Accept, Accept-Encoding, Authorization"))
        fields.append(contentsOf: Answer.commonFields(requestID: requestID))
        return InboundResponse(status: status, fields: fields, body: stream.map { .stream($0) } ?? .bytes(body))
    }

    static func commonFields(requestID: String) -> [(name: String, value: String)] {
        [("X-Content-Type-Options", "nosniff"), ("X-Request-Id", requestID)]
    }
}

extension APIProblem {
    func response(requestID: String) -> InboundResponse {
        var fields: [(name: String, value: String)] = [
            ("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"),
        ]
        if let coverage { fields.append(("Release-Coverage", coverage.headerValue)) }
        if code == .methodNotAllowed { fields.append(("Allow", RouteTable.allow)) }
        if code == .unauthenticated { fields.append(("WWW-Authenticate", "Bearer")) }
        if code.isTemporary { fields.append(("Retry-After", String(retryAfterSeconds))) }
        fields.append(contentsOf: Answer.commonFields(requestID: requestID))
        return InboundResponse(status: code.status, fields: fields, body: .bytes(body(requestID: requestID)))
    }
}
