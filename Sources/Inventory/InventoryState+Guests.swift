import CCE
import ReleaseModel

extension InventoryState {
    /// Lets somebody who makes one call himself wait for a turn under the limits and the gate.
    mutating func wait(
        guest: Int, at cluster: Cluster, deadline: Duration, _ continuation: CheckedContinuation<GuestTurn, Never>,
        now: Now, _ effects: inout Effects
    ) {
        guard let endpoint = endpoint(cluster) else {
            effects.guests.append((continuation, .refused(.rejected)))
            return
        }
        if let refusal = refusal(of: cluster.credential, now: now) {
            effects.guests.append((continuation, .refused(refusal.reason)))
            return
        }
        if let until = holds(on: cluster, now: now).until, now.uptime < until {
            effects.guests.append((continuation, .refused(.circuitOpen)))
            return
        }
        let lane = scheduler.lane(endpoint: endpoint, credential: cluster.credential)
        guard scheduler.enqueue(guest: guest, lane: lane) else {
            effects.guests.append((continuation, .refused(.throttled)))
            return
        }
        waiters[guest] = .guest(continuation, cluster)
        // It is in no list of links; the room only watches its deadline.
        _ = room.add(waiter: guest, key: WaitRoom.Key(table: -1, needs: []), threshold: .zero, deadline: deadline)
        effects.wakes = true
    }

    /// The guest's turn has come.
    mutating func admit(
        guest: Int, lane: Int, permit: CredentialGates.Permit, now: Now, _ effects: inout Effects
    ) {
        guard case .guest(let continuation, let cluster) = waiters.removeValue(forKey: guest) else {
            scheduler.ended(lane: lane)
            gates.report(Self.cancelled, of: permit, now: now.uptime)
            return
        }
        _ = room.remove(waiter: guest)
        noteStart(to: cluster.id, at: scheduler.endpoint(of: lane), now: now)
        let target = CallTarget(cluster: cluster, endpoint: scheduler.endpoint(of: lane), key: permit.key)
        effects.guests.append(
            (continuation, .go(GuestPass(target: target, started: now, lane: lane, permit: permit))))
    }

    mutating func turnAway(guest: Int, _ reason: Reason, _ effects: inout Effects) {
        guard case .guest(let continuation, _) = waiters.removeValue(forKey: guest) else { return }
        _ = room.remove(waiter: guest)
        effects.guests.append((continuation, .refused(reason)))
    }

    /// The guest's call has ended. True when it is to be made anew.
    mutating func complete(
        _ pass: GuestPass, _ failure: CallFailure?, now: Now, _ effects: inout Effects
    ) -> Bool {
        let failure = failure?.excused(from: pass.started, to: now)
        let startedAt = pass.started.uptime
        scheduler.ended(lane: pass.lane)
        pace(failure, lane: pass.lane, startedAt: startedAt, now: now, &effects)
        weigh(failure, of: pass.target.cluster.id, at: pass.target.endpoint, startedAt: startedAt, now: now, &effects)
        if scheduler.mayHaveNext { effects.wakes = true }
        return report(failure, of: pass.permit, endpoint: pass.target.endpoint, now: now, &effects)
    }

    private static let cancelled = CallFailure(.cancelled, detail: "cancelled")
}
