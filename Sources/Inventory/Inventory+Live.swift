import CCE
import ReleaseModel
import Timing

/// One release asked live.
package enum ShownRelease: Sendable {
    case found(Release)
    case notFound
    case failed(Reason)
}

extension Inventory {
    /// Asks a cluster for one release, past the inventory but under the same limits and the same gate. One attempt;
    /// a key that is replaced before it is sent, or a clock that was wrong, takes it through the gate again.
    package func liveRelease(
        cluster id: ClusterID, namespace: String, name: String, deadline: Duration
    ) async -> ShownRelease {
        let cluster = perform { state, _, _ in state.slots[id].map { state.tables[0].records[$0].cluster } }
        guard let cluster else { return .failed(.notFound) }
        if let skip = cluster.skip { return .failed(skip) }
        let endpoint = perform { state, _, _ in state.endpoint(cluster) }
        guard let endpoint else { return .failed(.rejected) }
        let guest = InventoryState.Guest(
            endpoint: endpoint, credential: cluster.credential, cluster: cluster, isPatient: false)
        while true {
            let pass: InventoryState.GuestPass
            switch await turn(of: guest, deadline: deadline) {
            case .go(let granted): pass = granted
            case .refused(let reason, _): return .failed(reason)
            }
            let timeout = min(limits.timeout, max(deadline - time.uptime, .milliseconds(1)))
            do throws(CallFailure) {
                let release = try await shower.release(
                    of: CallTarget(cluster: cluster, endpoint: endpoint, key: pass.permit.key), namespace: namespace,
                    name: name, timeout: timeout)
                perform { state, now, effects in _ = state.complete(pass, nil, now: now, &effects) }
                return .found(release)
            } catch {
                if perform({ state, now, effects in state.complete(pass, error, now: now, &effects) }) { continue }
                return error.reason == .notFound ? .notFound : .failed(error.reason)
            }
        }
    }

    func turn(of guest: InventoryState.Guest, deadline: Duration) async -> InventoryState.GuestTurn {
        let id = perform { state, _, _ in state.nextWaiter() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<InventoryState.GuestTurn, Never>) in
                perform { state, now, effects in
                    if state.isStopped || Task.isCancelled || deadline <= now.uptime {
                        effects.guests.append((continuation, .refused(.timeout)))
                    } else {
                        state.wait(id, guest, deadline: deadline, continuation, now: now, &effects)
                    }
                }
            }
        } onCancel: {
            perform { state, now, effects in state.abandon(id, now: now, &effects) }
        }
    }
}
