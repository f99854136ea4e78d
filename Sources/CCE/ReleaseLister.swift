import JSON
import ReleaseModel
import Timing

/// What one successful call brought.
package struct ListedReleases: Sendable {
    package enum Content: Sendable {
        /// The body hashes like the one before: the part held is still right.
        case unchanged
        case part(ClusterPart)
    }
    package let content: Content
    /// Of the body; only a shortcut, handed back with the next call. Means something to the lister that gave it alone.
    package let bodyHash: TextHash
    /// When the call was sent.
    package let sentAt: Instant
    package let sentUptime: Duration
    package init(content: Content, bodyHash: TextHash, sentAt: Instant, sentUptime: Duration) {
        self.content = content
        self.bodyHash = bodyHash
        self.sentAt = sentAt
        self.sentUptime = sentUptime
    }
}

/// Asks one cluster for its releases. `CCEClient` is the real one; tests script one.
package protocol ReleaseLister: Sendable {
    /// One attempt, signed with the target's key. `chartID` is passed to the cloud as it is.
    ///
    /// - Parameter previous: the part held, asked for when the answer is there: rows that come again as they were need
    ///   not be read again. On the calling task, at most once.
    func listReleases(
        of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?,
        previous: @Sendable () -> ClusterPart?
    ) async throws(CallFailure) -> ListedReleases
}

extension ReleaseLister {
    package func listReleases(
        of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?
    ) async throws(CallFailure) -> ListedReleases {
        try await listReleases(of: target, chartID: chartID, timeout: timeout, unlessHashed: bodyHash) { nil }
    }
}
