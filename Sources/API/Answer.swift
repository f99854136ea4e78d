import Inbound
import ReleaseModel

/// An answer before it becomes a response: the fields every answer has are added in one place.
struct Answer {
    var status = 200
    var mediaType: StaticString = "application/json"
    var body: [UInt8] = []
    var coverage: Coverage?
    var tag: EntityTag?
    var link: String?
    /// Says nothing of the fleet: caches may share it.
    var isPublic = false

    init(mediaType: StaticString = "application/json", body: [UInt8] = []) {
        self.mediaType = mediaType
        self.body = body
    }
    /// The caller has this answer already.
    static func notModified(_ tag: EntityTag, coverage: Coverage?) -> Answer {
        var answer = Answer()
        answer.status = 304
        answer.tag = tag
        answer.coverage = coverage
        return answer
    }
    static func text(_ text: String, status: Int = 200) -> Answer {
        var answer = Answer(mediaType: "text/plain; charset=utf-8", body: Array(text.utf8))
        answer.status = status
        return answer
    }

    func response(requestID: String) -> InboundResponse {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(8)
        if status != 304, status != 204 { fields.append(("Content-Type", mediaType.description)) }
        if let coverage { fields.append(("Release-Coverage", coverage.headerValue)) }
        if let link { fields.append(("Link", link)) }
        if let tag { fields.append(("ETag", tag.text)) }
        // Kept by the caller alone, and asked about before every use.
        fields.append(("Cache-Control", isPublic ? "no-cache" : "private, no-cache"))
        fields.append(("Vary", "Accept, Authorization"))
        fields.append(contentsOf: Answer.commonFields(requestID: requestID))
        return InboundResponse(status: status, fields: fields, body: .bytes(body))
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
