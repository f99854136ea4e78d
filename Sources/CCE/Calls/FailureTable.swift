import Outbound
import ReleaseModel

/// What each kind of failure means for the cluster asked, as one table (cce-api §7).
enum FailureTable {
    struct Meaning: Equatable {
        var reason: Reason
        /// One more attempt at once may help.
        var isRetryable = false
        /// Nothing was learned about the cluster.
        var isCancelled = false
    }

    static func meaning(of reason: TransportError.Reason) -> Meaning {
        switch reason {
        case .resolve: Meaning(reason: .network)
        case .connect, .network: Meaning(reason: .network, isRetryable: true)
        case .tls: Meaning(reason: .tls)
        case .timeout: Meaning(reason: .timeout)
        case .tooLarge: Meaning(reason: .tooLarge)
        case .invalidResponse: Meaning(reason: .invalidResponse)
        case .invalidRequest: Meaning(reason: .rejected)
        case .overloaded: Meaning(reason: .throttled)
        case .cancelled, .stopped: Meaning(reason: .pending, isCancelled: true)
        }
    }

    /// - Parameters:
    ///   - codes: all codes of the error body; empty when there were none.
    ///   - skewExplains: the time we signed was further from the cloud's than the cloud allows.
    static func meaning(status: Int, codes: [String], skewExplains: Bool) -> Meaning {
        if status >= 400 {
            if codes.contains("APIGW.0308") { return Meaning(reason: .throttled) }
            if codes.contains(where: lockedCodes.contains) { return Meaning(reason: .locked) }
        }
        switch status {
        case 401: return Meaning(reason: skewExplains ? .clockSkew : .unauthorized)
        case 403: return Meaning(reason: .forbiddenUpstream)
        // "API unknown" is about our path, not about the cluster; and a page of some proxy is about neither.
        case 404 where codes.contains { $0.hasPrefix("APIGW.") }: return Meaning(reason: .rejected)
        case 404: return Meaning(reason: codes.isEmpty ? .invalidResponse : .notFound)
        case 408: return Meaning(reason: .timeout)
        case 429: return Meaning(reason: .throttled)
        case 400..<500: return Meaning(reason: .rejected)
        case 500, 502, 503, 504: return Meaning(reason: .upstream5xx, isRetryable: true)
        case 500..<600: return Meaning(reason: .upstream5xx)
        default: return Meaning(reason: .invalidResponse)
        }
    }

    /// The resource is locked by another request: waiting helps, asking less does not.
    private static let lockedCodes: Set<String> = ["CCE.01429002", "CCE.02429002", "CCE.03429002"]
}
