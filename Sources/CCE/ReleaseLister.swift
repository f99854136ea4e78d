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

/// An answer of 200 that has arrived and is still to be read; its body counts towards `maxBytesInFlight` until it is let
/// go of.
package struct UnreadReleases: Sendable {
    package typealias Reading = @Sendable (_ previous: () -> ClusterPart?) throws(CallFailure) -> ListedReleases
    private let reading: Reading
    package init(_ reading: @escaping Reading) { self.reading = reading }

    /// Computes on the calling thread, about a second for each gigabyte, and waits for nothing.
    ///
    /// - Parameter previous: the part held, asked for at most once: rows that come again as they were need not be read
    ///   again.
    package func read(previous: () -> ClusterPart?) throws(CallFailure) -> ListedReleases { try reading(previous) }
}

/// Asks one cluster for its releases. `CCEClient` is the real one; tests script one.
package protocol ReleaseLister: Sendable {
    /// One attempt, signed with the target's key; returns when the answer has arrived whole. `chartID` is passed to the
    /// cloud as it is.
    ///
    /// - Parameter bodyHash: of the body that brought the part held; one that hashes alike is not read again.
    func listReleases(
        of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?
    ) async throws(CallFailure) -> UnreadReleases
}
