import CCE
import ReleaseModel
import Telemetry
import Timing

extension Inventory {
    /// One cluster's call with its retries in place; also when the last attempt started.
    ///
    /// - Parameter origin: whose doing it is.
    func attempt(
        _ order: InventoryState.Order, for origin: CallOrigin?
    ) async -> (outcome: Result<UnreadReleases, CallFailure>, startedAt: Duration) {
        var left = limits.deadline
        var number = 1
        while true {
            let start = time.uptime
            let timeout = min(limits.timeout, left)
            do throws(CallFailure) {
                return (.success(try await list(order, timeout: timeout, number: number, for: origin)), start)
            } catch {
                // An attempt never takes longer than its timeout: what passed beyond it was waiting for admission,
                // which the deadline does not count.
                left -= min(time.uptime - start, timeout)
                number += 1
                guard let pause = pause(before: number, after: error, left: left, order),
                    (try? await time.sleep(for: pause)) != nil
                else { return (.failure(error), start) }
                left -= pause
                metrics?.retry(at: order.target.endpoint)
            }
        }
    }

    /// One attempt, in a span of its own where the trace is kept.
    private func list(
        _ order: InventoryState.Order, timeout: Duration, number: Int, for origin: CallOrigin?
    ) async throws(CallFailure) -> UnreadReleases {
        guard let origin else { return try await list(order, timeout: timeout) }
        let span = tracer.child("attempt", .client, of: origin.trace)
        let outcome: Result<UnreadReleases, CallFailure> = await CallOrigin.$current.withValue(origin.under(span)) {
            do throws(CallFailure) { return .success(try await list(order, timeout: timeout)) } catch {
                return .failure(error)
            }
        }
        var failure: CallFailure?
        if case .failure(let error) = outcome { failure = error }
        tracer.end(
            span, failed: failure != nil,
            [
                ("cluster", .text(order.target.cluster.id.text)), ("region", .text(order.target.cluster.region)),
                ("attempt", .number(number)), ("reason", .text(failure?.reason.rawValue ?? "none")),
            ])
        return try outcome.get()
    }
    private func list(_ order: InventoryState.Order, timeout: Duration) async throws(CallFailure) -> UnreadReleases {
        try await lister.listReleases(
            of: order.target, chartID: order.chartID, timeout: timeout, unlessHashed: order.bodyHash)
    }

    /// How long to wait before the attempt of that number; nil when there is to be none.
    private func pause(
        before number: Int, after failure: CallFailure, left: Duration, _ order: InventoryState.Order
    ) -> Duration? {
        guard number <= 1 + failure.action.retry.count(of: limits.retries), !Task.isCancelled,
            gates.standing(of: order.target.cluster.credential, now: time.uptime)?.verdict != .refused
        else { return nil }
        var random = SystemRandomNumberGenerator()
        let pause = Pacing.beforeRetry(number, using: &random)
        guard pause < left else { return nil }
        let isGranted = perform { state, now, effects in
            state.takeRetry(of: order, after: failure, now: now, &effects)
        }
        if isGranted { return pause }
        metrics?.refuseRetry(at: order.target.endpoint)
        return nil
    }
}

extension FailureAction.Retry {
    /// How many retries in place there may be where the configuration allows `limit`.
    fileprivate func count(of limit: Int) -> Int {
        switch self {
        case .never: 0
        case .once: min(1, limit)
        case .allowed: limit
        }
    }
}
