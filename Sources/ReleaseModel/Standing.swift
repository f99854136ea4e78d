import Timing

/// What is known of a cluster's calls: enough to say how fresh its rows are, and why they are not.
package struct Standing: Sendable, Equatable {
    /// The call that brought the rows we hold.
    package struct Success: Sendable, Equatable {
        /// When that call was sent: the rows are at least as new as this.
        package var sentAt: Instant
        /// The same moment by the monotonic clock, for ages.
        package var sentUptime: Duration
        package init(sentAt: Instant, sentUptime: Duration) {
            self.sentAt = sentAt
            self.sentUptime = sentUptime
        }
    }
    /// The last attempt, when it failed.
    package struct Failure: Sendable, Equatable {
        package var reason: Reason
        package var at: Instant
        package var atUptime: Duration
        /// The cloud's id of the refused call, to hand to its support.
        package var upstreamRequestID: String?
        /// What the cloud or the library said, scrubbed. For operators alone (`/v1/clusters/{id}`).
        package var detail: String
        package init(
            reason: Reason, at: Instant, atUptime: Duration, upstreamRequestID: String? = nil, detail: String
        ) {
            self.reason = reason
            self.at = at
            self.atUptime = atUptime
            self.upstreamRequestID = upstreamRequestID
            self.detail = detail
        }
    }

    /// Of the call that brought the entry's `part`; nil when none has.
    package var lastSuccess: Success?
    /// Nil when the last finished attempt succeeded or none was made.
    package var lastFailure: Failure?
    /// A call is running or queued.
    package var isPending: Bool
    /// When the next attempt is planned, if it is held back.
    package var retryAt: Instant?
    /// Nil while calls are made as they are wanted.
    package var circuit: Circuit?

    package init(
        lastSuccess: Success? = nil, lastFailure: Failure? = nil, isPending: Bool = false, retryAt: Instant? = nil
    ) {
        self.lastSuccess = lastSuccess
        self.lastFailure = lastFailure
        self.isPending = isPending
        self.retryAt = retryAt
    }
}
