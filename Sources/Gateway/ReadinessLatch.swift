import API
import Locking
import ReleaseModel

/// Says whether requests should be sent here: from the first coverage on, until the end begins.
///
/// Never back to `starting`: an outage of the cloud must not take all replicas away at once.
final class ReadinessLatch: Sendable {
    private enum Phase {
        case starting
        case ready
        case stopping
    }
    private let phase = Lock(Phase.starting)
    /// By `TimeSource.uptime`; from then on what we have is answered, as it is.
    private let graceEnd: Duration

    init(graceEnd: Duration) { self.graceEnd = graceEnd }

    func stop() { phase.withLock { $0 = .stopping } }

    /// - Parameter newest: asked only while the answer depends on it.
    func readiness(now: Duration, newest: () -> Snapshot?) -> Readiness {
        switch phase.withLock({ $0 }) {
        case .stopping: return .stopping
        case .ready: return .ready
        case .starting: break
        }
        if now < graceEnd {
            let snapshot = newest()
            guard snapshot?.hasFirstCoverage ?? false else {
                return Readiness(isDiscovered: snapshot != nil, isCovered: false)
            }
        }
        return phase.withLock { phase in
            if case .stopping = phase { return .stopping }
            phase = .ready
            return .ready
        }
    }
}

extension Snapshot {
    /// Each cluster was tried once, or is not asked.
    var hasFirstCoverage: Bool {
        entries.allSatisfy {
            $0.cluster.skip != nil || $0.standing.lastSuccess != nil || $0.standing.lastFailure != nil
        }
    }
}
