import CCE
import ReleaseModel
import Timing

extension Inventory {
    /// One cluster's call with its retries in place; also when the last attempt started.
    func attempt(
        _ order: InventoryState.Order
    ) async -> (outcome: Result<ListedReleases, CallFailure>, failedAttemptAt: Duration) {
        var left = limits.deadline
        var number = 1
        while true {
            let start = time.uptime
            let timeout = min(limits.timeout, left)
            do throws(CallFailure) {
                let listed = try await lister.listReleases(
                    of: order.target, chartID: order.chartID, timeout: timeout, unlessHashed: order.bodyHash
                ) { part(heldFor: order) }
                return (.success(listed), start)
            } catch {
                // An attempt never takes longer than its timeout: what passed beyond it was waiting for admission,
                // which the deadline does not count.
                left -= min(time.uptime - start, timeout)
                number += 1
                guard let pause = pause(before: number, after: error, left: left, order.target.cluster.credential),
                    (try? await time.sleep(for: pause)) != nil
                else { return (.failure(error), start) }
                left -= pause
            }
        }
    }

    /// How long to wait before the attempt of that number; nil when there is to be none.
    private func pause(
        before number: Int, after failure: CallFailure, left: Duration, _ credential: String
    ) -> Duration? {
        guard failure.isRetryable, !failure.isCancelled, failure.status != 401, number <= limits.retries + 1,
            !Task.isCancelled, gates.standing(of: credential, now: time.uptime)?.verdict != .refused
        else { return nil }
        var random = SystemRandomNumberGenerator()
        let pause = Pacing.beforeRetry(number, using: &random)
        return pause < left ? pause : nil
    }
}
