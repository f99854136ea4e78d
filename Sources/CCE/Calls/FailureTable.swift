import Outbound

/// What each kind of answer, and each way to get none, means for the cluster asked, as one table (cce-api §7).
enum FailureTable {
    static func kind(of reason: TransportError.Reason) -> FailureKind {
        switch reason {
        case .resolve: .unresolved
        case .connect: .unreachable
        case .network: .cut
        case .tls: .tls
        case .timeout: .timeout
        case .tooLarge: .tooLarge
        case .invalidResponse: .foreign
        case .invalidRequest: .rejected
        case .overloaded: .busy
        case .cancelled, .stopped: .cancelled
        }
    }

    /// - Parameters:
    ///   - codes: all codes of the error body; empty when there were none.
    ///   - skewExplains: the time we signed was further from the cloud's than the cloud allows.
    static func kind(status: Int, codes: [String], skewExplains: Bool) -> FailureKind {
        if status >= 400 {
            if codes.contains("APIGW.0308") { return .throttled }
            if codes.contains(where: lockedCodes.contains) { return .locked }
        }
        switch status {
        case 401: return skewExplains ? .clockSkew : .unauthorized
        case 403: return .forbidden
        // "API unknown" is about our path, not about the cluster; and a page of some proxy is about neither.
        case 404 where codes.contains { $0.hasPrefix("APIGW.") }: return .rejected
        case 404: return codes.isEmpty ? .foreign : .notFound
        // We send whole requests at once: who says that we were slow has no time for us.
        case 408, 429: return .throttled
        case 400..<500: return .rejected
        case 500, 502, 503, 504: return .unavailable
        case 500..<600: return .serverError
        default: return .foreign
        }
    }

    private static let lockedCodes: Set<String> = ["CCE.01429002", "CCE.02429002", "CCE.03429002"]
}
