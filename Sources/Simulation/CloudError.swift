import JSON

/// A failure in one of the shapes in which the cloud writes them (cce-api §7.1).
struct CloudError: Error, Equatable {
    enum Shape: Sendable { case apiGateway, container, identity }

    let status: Int
    let shape: Shape
    let code: String
    let message: String

    static func apiGateway(_ status: Int, _ code: String, _ message: String) -> Self {
        CloudError(status: status, shape: .apiGateway, code: code, message: message)
    }
    static func container(_ status: Int, _ code: String, _ message: String) -> Self {
        CloudError(status: status, shape: .container, code: code, message: message)
    }

    static let noSuchRoute = apiGateway(404, "APIGW.0101", "The API does not exist or has not been published")
    static let throttledByGateway = apiGateway(
        429, "APIGW.0308",
        "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second")
    static let throttledByService = container(429, "CCE.02429001", "Too many requests, please try again later.")
    static let resourceLocked = container(429, "CCE.01429002", "Resource locked by another request.")

    static func identity(_ reason: String) -> Self {
        apiGateway(401, "APIGW.0301", "Incorrect IAM authentication information: \(reason)")
    }
    static func notFound(_ what: String) -> Self { container(404, "CCE.01404001", "\(what) not found.") }

    /// What the cloud says with a status that a fault asks for.
    static func any(_ status: Int) -> Self {
        switch status {
        case 400: container(400, "CCE.01400001", "Invalid request.")
        case 401: identity("verify aksk signature fail")
        case 403: container(403, "CCE.01403001", "Forbidden.")
        case 404: notFound("Cluster")
        case 409: container(409, "CCE.01409002", "The resource version is stale.")
        case 429: throttledByGateway
        case 500: container(500, "CCE.01500001", "Internal error.")
        case 502: apiGateway(502, "APIGW.0201", "Backend unavailable")
        case 503: apiGateway(503, "APIGW.0613", "The IAM service is abnormal.")
        case 504: apiGateway(504, "APIGW.0201", "Backend timeout")
        default: apiGateway(status, "APIGW.0201", "Unexpected error")
        }
    }

    func body(requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch shape {
        case .apiGateway:
            writer.member("error_msg", message)
            writer.member("error_code", code)
            writer.member("request_id", requestID)
        case .container:
            // Both spellings with different codes: what was seen of real clusters.
            writer.member("kind", "Status")
            writer.member("apiVersion", "v1")
            writer.key("metadata")
            writer.beginObject()
            writer.endObject()
            writer.member("status", "Failure")
            writer.member("code", status)
            writer.member("errorCode", code)
            writer.member("errorMessage", message)
            writer.member("error_code", "CCE_CM.0004")
            writer.member("error_msg", "Request is invalid")
            writer.member("message", "simulated: \(message)")
            writer.member("reason", "Simulated")
        case .identity:
            writer.key("error")
            writer.beginObject()
            writer.member("code", status)
            writer.member("message", message)
            writer.member("title", code)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    static let page = Array(
        "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1><hr>simulated</body></html>\n".utf8)
}
