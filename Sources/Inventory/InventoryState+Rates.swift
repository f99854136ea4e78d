import CCE
import ReleaseModel

/// The quota is the cloud's, per credential and endpoint: refusals slow that lane down, whoever made the call.
extension InventoryState {
    /// - Parameter startedAt: when the last attempt was.
    mutating func pace(
        _ failure: CallFailure?, lane: Int, startedAt: Duration, now: Now, _ effects: inout Effects
    ) {
        switch failure?.action {
        case nil: scheduler.passed(lane: lane, startedAt: startedAt, now: now.uptime)
        case .some(let action) where action.slowsDown:
            let isFirst = scheduler.refused(
                lane: lane, startedAt: startedAt, told: failure?.quota, retryAfter: failure?.retryAfter, now: now.uptime
            )
            if isFirst {
                effects.events.append(
                    .throttled(endpoint: scheduler.endpoint(of: lane), credential: scheduler.credential(of: lane)))
            }
        case .some(let action) where action.evidence == .answered:
            scheduler.passed(lane: lane, startedAt: startedAt, now: now.uptime)
        case .some: break
        }
    }

    func throttling(of cluster: Cluster, now: Now) -> Throttling? {
        guard let endpoint = endpoint(cluster) else { return nil }
        return scheduler.rates.lazy
            .first { $0.endpoint == endpoint && $0.credential == cluster.credential }
            .flatMap { $0.rate.throttling(now: now) }
    }
}

extension CallRate {
    fileprivate func throttling(now: Now) -> Throttling? {
        guard let since = throttledSince(now: now.uptime), let limit else { return nil }
        return Throttling(since: now.wall(at: since), callsPerMinute: max(1, Int(min(limit * 60, 1e9).rounded())))
    }
}

/// How many calls one credential makes at one endpoint, for metrics.
package struct CallRateReading: Sendable, Equatable {
    /// `https://host`
    package let endpoint: String
    package let credential: String
    /// Calls a second that may start now; nil: any number.
    package let limit: Double?
    package let isThrottled: Bool
    /// Calls that wait for their turn.
    package let waiting: Int

    static func all(of state: InventoryState, now: Now) -> [CallRateReading] {
        state.scheduler.rates.sorted { ($0.endpoint, $0.credential) < ($1.endpoint, $1.credential) }.map { lane in
            CallRateReading(
                endpoint: lane.endpoint, credential: lane.credential, limit: lane.rate.limit,
                isThrottled: lane.rate.throttledSince(now: now.uptime) != nil, waiting: lane.waiting)
        }
    }
}
