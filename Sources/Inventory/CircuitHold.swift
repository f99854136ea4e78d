import ReleaseModel

/// What a breaker that is not closed means for a cluster: no call before, whoever wants it.
struct CircuitHold: Sendable, Equatable {
    let scope: Circuit.Scope
    let state: Circuit.State
    let until: Duration

    /// Nil while the breaker is closed.
    ///
    /// - Parameter timeout: by when a probe is over at the latest.
    init?(_ breaker: Breaker, _ scope: Circuit.Scope, now: Duration, timeout: Duration) {
        switch breaker.state {
        case .closed: return nil
        case .open(let until): (state, self.until) = (.open, until)
        case .halfOpen(nil): (state, until) = (.halfOpen, now)
        case .halfOpen(let probe?): (state, until) = (.halfOpen, probe + timeout)
        }
        self.scope = scope
    }

    func circuit(now: Now) -> Circuit { Circuit(scope: scope, state: state, retryAt: now.wall(at: until)) }
}
