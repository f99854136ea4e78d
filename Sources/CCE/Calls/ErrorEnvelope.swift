import JSON

/// What an error body of the cloud says, in any of the shapes it comes in (cce-api §7.1).
struct ErrorEnvelope: Equatable {
    /// Every code found, the documented spelling (`CCE.…`, `APIGW.…`) first.
    var codes: [String]
    /// As it came: to be scrubbed before anyone sees it.
    var message: String
    var requestID: String?

    /// Larger bodies are not looked into: no error is that long.
    static let limit = 64 * 1024

    /// Nil when the body is no JSON object with a code, a message or the form of a Kubernetes status.
    init?(_ body: ArraySlice<UInt8>) {
        guard body.count <= Self.limit, let root = try? JSONValue.parse(body, maxDepth: 16), root.members != nil else {
            return nil
        }
        let inner = root["error"] ?? .null
        let found = [root["errorCode"], root["error_code"], root["code"], inner["code"], inner["error_code"]]
            .compactMap { value -> String? in
                // IAM's code is a number that repeats the status: it names no kind of error.
                guard let code = value?.string, PlainText.isPlain(code, limit: 64) else { return nil }
                return code
            }
        let isDocumented = { (code: String) in code.hasPrefix("CCE.") || code.hasPrefix("APIGW.") }
        codes = found.filter(isDocumented) + found.filter { !isDocumented($0) }

        let first =
            root["error_msg"]?.string ?? root["errorMessage"]?.string ?? root["errorMsg"]?.string
            ?? inner["message"]?.string ?? inner["error_msg"]?.string ?? ""
        let second = root["message"]?.string ?? inner["title"]?.string ?? ""
        message = [first, second == first ? "" : second].filter { !$0.isEmpty }.joined(separator: ", ")
        requestID = root["request_id"]?.string.flatMap { PlainText.isPlain($0, limit: 128) ? $0 : nil }
        guard !codes.isEmpty || !message.isEmpty || root["kind"]?.string == "Status" else { return nil }
    }
}
