import ReleaseModel
import Timing

/// How old rows may be, and since when the reader has been waiting.
package struct FreshnessRule: Sendable {
    /// At least `inventory.minRefreshInterval`.
    package let maxAge: Duration
    /// When the request came, by `TimeSource.uptime`.
    package let askedAt: Duration
    package init(maxAge: Duration, askedAt: Duration) {
        self.maxAge = maxAge
        self.askedAt = askedAt
    }
}

extension Coverage {
    /// Judges every targeted entry (design: details decided, "Fresh").
    package init(
        of snapshot: Snapshot, entries: [Int], rule: FreshnessRule, uptime: Duration, onMissing: ListRequest.OnMissing
    ) { fatalError() }
}
