import Timing

/// What an answer says of each cluster it was meant to cover.
package struct Coverage: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Within `max_age`, or fetched since the request came, and no later attempt failed.
        case fresh
        /// The last good copy.
        case stale
        /// Nothing usable.
        case missing
        /// No answer is expected.
        case skipped
    }
    package struct Item: Sendable, Equatable {
        package var id: ClusterID
        package var name: String
        package var state: State
        /// When the call that brought the rows was sent; nil when there are no rows.
        package var asOf: Instant?
        package var reason: Reason?
        package var retryAt: Instant?
        package var upstreamRequestID: String?
        package var dropped: Int
        package var repaired: Int
        package init(
            id: ClusterID, name: String, state: State, asOf: Instant? = nil, reason: Reason? = nil,
            retryAt: Instant? = nil, upstreamRequestID: String? = nil, dropped: Int = 0, repaired: Int = 0
        ) {
            self.id = id
            self.name = name
            self.state = state
            self.asOf = asOf
            self.reason = reason
            self.retryAt = retryAt
            self.upstreamRequestID = upstreamRequestID
            self.dropped = dropped
            self.repaired = repaired
        }
    }

    /// In the order of the snapshot: by cluster id.
    package var items: [Item]
    /// Sources of clusters that may hold others that are meant, in the order of the configuration.
    package var gaps: [DiscoveryGap]

    package init(items: [Item], gaps: [DiscoveryGap] = []) {
        self.items = items
        self.gaps = gaps
    }

    package func count(_ state: State) -> Int { items.reduce(0) { $0 + ($1.state == state ? 1 : 0) } }

    /// Clusters may be meant that are not known.
    package var isBlind: Bool { gaps.contains(where: \.isBlind) }

    /// No targeted cluster missing or unknown, no row dropped.
    package var isComplete: Bool { !isBlind && !items.contains { $0.state == .missing || $0.dropped > 0 } }

    /// `Release-Coverage: targeted=14, fresh=11, stale=1, missing=1, skipped=1`
    package var headerValue: String {
        "targeted=\(items.count), fresh=\(count(.fresh)), stale=\(count(.stale)), missing=\(count(.missing)), "
            + "skipped=\(count(.skipped))"
    }
}
