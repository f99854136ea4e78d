/// How many calls to one endpoint may repeat one that failed: a tenth of those made, so that an endpoint that breaks down
/// is not asked twice as much for it.
///
/// A few are lent to begin with, or a small fleet would have none; the first calls pay for them. Of `n` calls, at most
/// `max(loan, n / 10)` are repeated.
struct RetryBudget: Sendable, Equatable {
    static let callsPerRetry = 10
    static let loan = 3
    /// What quiet hours save up for a bad minute.
    static let limit = 10

    /// In calls.
    private var saved = loan * callsPerRetry
    private var owed = loan * callsPerRetry

    /// A call that repeats none is made.
    mutating func noteCall() {
        if owed > 0 { owed -= 1 } else { saved = min(saved + 1, Self.limit * Self.callsPerRetry) }
    }
    /// True when a call may be repeated, which is then counted.
    mutating func take() -> Bool {
        guard saved >= Self.callsPerRetry else { return false }
        saved -= Self.callsPerRetry
        return true
    }
    /// Retries left.
    var left: Int { saved / Self.callsPerRetry }
}
