import Timing

/// The cloud refuses calls because there are too many, so fewer are made.
package struct Throttling: Sendable, Equatable {
    package var since: Instant
    /// That may start now, with the cluster's credential at the endpoint of its region.
    package var callsPerMinute: Int
    package init(since: Instant, callsPerMinute: Int) {
        self.since = since
        self.callsPerMinute = callsPerMinute
    }
}
