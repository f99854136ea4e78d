import ReleaseModel
import Timing

/// Why the cloud's answer to one attempt is of no use.
package struct CallFailure: Error, Equatable, Sendable {
    package var reason: Reason
    /// HTTP status; nil when no answer came.
    package var status: Int?
    /// The cloud's own code, `APIGW.0301`, `CCE.01403001`.
    package var code: String?
    package var upstreamRequestID: String?
    /// For operators alone, scrubbed of what may echo our request, at most 300 bytes.
    package var detail: String
    /// Worth one more attempt at once: connection lost or a 5xx (design: limits and life cycle).
    package var isRetryable: Bool
    /// What `Retry-After` said, never negative, at most one hour.
    package var retryAfter: Duration?
    /// What the cloud's `Date` said minus our clock when the answer came; nil without that field.
    package var clockOffset: Duration?
    /// Our caller went away: nothing was learned about the cluster.
    package var isCancelled: Bool
    /// Nothing was sent: another key has taken the place of the one the call was admitted with. It is to be admitted
    /// anew, and counts neither as an attempt nor as a failure.
    package var isKeyReplaced: Bool

    package init(
        reason: Reason, status: Int? = nil, code: String? = nil, upstreamRequestID: String? = nil, detail: String,
        isRetryable: Bool = false, retryAfter: Duration? = nil, clockOffset: Duration? = nil, isCancelled: Bool = false,
        isKeyReplaced: Bool = false
    ) {
        self.reason = reason
        self.status = status
        self.code = code
        self.upstreamRequestID = upstreamRequestID
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.clockOffset = clockOffset
        self.isCancelled = isCancelled
        self.isKeyReplaced = isKeyReplaced
    }
}
