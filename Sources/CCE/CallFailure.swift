import ReleaseModel
import Timing

/// Why the cloud's answer to one attempt is of no use.
package struct CallFailure: Error, Equatable, Sendable {
    package var kind: FailureKind
    /// HTTP status; nil when no answer came.
    package var status: Int?
    /// The cloud's own code, `APIGW.0301`, `CCE.01403001`.
    package var code: String?
    package var upstreamRequestID: String?
    /// For operators alone, scrubbed of what may echo our request, at most 300 bytes.
    package var detail: String
    /// What `Retry-After` said, never negative, at most one hour.
    package var retryAfter: Duration?
    /// The limit that a refusal names.
    package var quota: CallQuota?
    /// What the cloud's `Date` said minus our clock when the answer came; nil without that field.
    package var clockOffset: Duration?

    package init(
        _ kind: FailureKind, status: Int? = nil, code: String? = nil, upstreamRequestID: String? = nil, detail: String,
        retryAfter: Duration? = nil, quota: CallQuota? = nil, clockOffset: Duration? = nil
    ) {
        self.kind = kind
        self.status = status
        self.code = code
        self.upstreamRequestID = upstreamRequestID
        self.detail = detail
        self.retryAfter = retryAfter
        self.quota = quota
        self.clockOffset = clockOffset
    }

    package var reason: Reason { kind.reason }
    package var action: FailureAction { kind.action }
    /// Our caller went away: nothing was learned about the cluster.
    package var isCancelled: Bool { kind == .cancelled }
    /// Nothing was sent: another key has taken the place of the one the call was admitted with. It is to be admitted
    /// anew, and counts neither as an attempt nor as a failure.
    package var isKeyReplaced: Bool { kind == .keyReplaced }
}
