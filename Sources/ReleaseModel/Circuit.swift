import Timing

/// Calls to a cluster stop, because too many failed: its own, or those to its region's endpoint.
package struct Circuit: Sendable, Equatable {
    package enum Scope: String, Sendable { case cluster, endpoint }
    package enum State: String, Sendable {
        /// No call is made.
        case open
        /// One call at a time is made, to find out.
        case halfOpen = "half_open"
    }
    package var scope: Scope
    package var state: State
    /// When the next call may be made; past while one may be.
    package var retryAt: Instant
    package init(scope: Scope, state: State, retryAt: Instant) {
        self.scope = scope
        self.state = state
        self.retryAt = retryAt
    }
}
