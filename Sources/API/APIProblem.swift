import JSON
import Query
import ReleaseModel

/// One problem to be answered (RFC 9457). Its texts are constants of ours: of the request nothing is repeated but the
/// parameter's name and the offending piece, each at most 64 bytes.
struct APIProblem: Error {
    var code: ProblemCode
    var detail: String
    var errors: [ParameterProblem] = []
    /// For those who can go on where an expired token stopped.
    var resumePageToken: String?
    /// Whom the answer would have covered; written like the coverage of an answer.
    var coverage: Coverage?
    var coverageDetail = ListRequest.CoverageDetail.problems
    /// What else is to be known, as in an answer.
    var warnings: [ListRequest.Warning] = []
    /// Only for temporary problems, whole seconds.
    var retryAfterSeconds = 1

    init(_ code: ProblemCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }
    /// About one parameter.
    init(
        parameter: String, _ detail: String, code: ProblemCode = .invalidParameter, token: String? = nil,
        hint: String? = nil
    ) {
        self.init(code, detail)
        errors = [ParameterProblem(parameter: parameter, detail: detail, token: token, hint: hint)]
    }

    /// At most as many errors are listed; a target has room for more.
    private static let errorLimit = 64
    private static let reflectedBytes = 64

    func body(requestID: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("type", code.type)
        writer.member("title", code.title)
        writer.member("status", code.status)
        writer.member("detail", detail)
        writer.member("instance", "urn:release-gateway:request:\(requestID)")
        writer.member("code", code.rawValue)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for error in errors.prefix(Self.errorLimit) {
                writer.beginObject()
                writer.member("parameter", error.parameter.cut(toBytes: Self.reflectedBytes))
                writer.member("detail", error.detail)
                if let position = error.position { writer.member("position", position) }
                if let token = error.token { writer.member("token", token.cut(toBytes: Self.reflectedBytes)) }
                if let hint = error.hint { writer.member("hint", hint) }
                writer.endObject()
            }
            writer.endArray()
        }
        if let resumePageToken { writer.member("resume_page_token", resumePageToken) }
        if let coverage {
            writer.key("coverage")
            writer.coverage(coverage, detail: coverageDetail)
        }
        if !warnings.isEmpty {
            writer.key("warnings")
            writer.warnings(warnings)
        }
        writer.endObject()
        return writer.bytes
    }
}
