import CCE
import ReleaseModel

extension InventoryState {
    /// Somebody who makes one call himself.
    struct Guest: Sendable {
        let endpoint: String
        let credential: String
        /// Whom the call is about; nil: none in particular.
        let cluster: Cluster?
        /// Others of his kind are no reason to turn him away: their number is the configuration's.
        let isPatient: Bool
    }
    /// Leave to make one call under the limits.
    struct GuestPass: Sendable {
        let guest: Guest
        let started: Now
        let lane: Int
        let permit: CredentialGates.Permit
    }
    enum GuestTurn: Sendable {
        case go(GuestPass)
        /// With what is wrong, for operators, where the reason does not say it.
        case refused(Reason, detail: String? = nil)
    }

    /// Lets a guest wait for a turn under the limits and the gate.
    mutating func wait(
        _ id: Int, _ guest: Guest, deadline: Duration, _ continuation: CheckedContinuation<GuestTurn, Never>,
        now: Now, _ effects: inout Effects
    ) {
        if let refusal = refusal(of: guest, now: now) {
            effects.guests.append((continuation, .refused(refusal)))
            return
        }
        let lane = scheduler.lane(endpoint: guest.endpoint, credential: guest.credential)
        guard scheduler.enqueue(guest: id, lane: lane, isPatient: guest.isPatient) else {
            effects.guests.append((continuation, .refused(.throttled)))
            return
        }
        waiters[id] = .guest(continuation, guest)
        // It is in no list of links; the room only watches its deadline.
        _ = room.add(waiter: id, key: WaitRoom.Key(table: -1, needs: []), threshold: .zero, deadline: deadline)
        effects.wakes = true
    }

    private func refusal(of guest: Guest, now: Now) -> Reason? {
        if let refusal = refusal(of: guest.credential, now: now) { return refusal.reason }
        let until =
            guest.cluster.map { holds(on: $0, now: now).until } ?? holdUntil(endpoint: guest.endpoint, now: now)
        return until.map { now.uptime < $0 } ?? false ? .circuitOpen : nil
    }

    /// When a guest who was turned away may come again: what holds back calls ends then.
    func mayReturn(_ guest: Guest, now: Now) -> Duration? {
        [refusal(of: guest.credential, now: now)?.until, holdUntil(endpoint: guest.endpoint, now: now)]
            .compactMap { $0 }.max()
    }

    /// The guest's turn has come.
    mutating func admit(
        guest id: Int, lane: Int, permit: CredentialGates.Permit, now: Now, _ effects: inout Effects
    ) {
        guard case .guest(let continuation, let guest) = waiters.removeValue(forKey: id) else {
            scheduler.ended(lane: lane)
            gates.report(Self.cancelled, of: permit, now: now.uptime)
            return
        }
        _ = room.remove(waiter: id)
        noteStart(to: guest.cluster?.id, at: guest.endpoint, now: now)
        effects.guests.append(
            (continuation, .go(GuestPass(guest: guest, started: now, lane: lane, permit: permit))))
    }

    mutating func turnAway(guest: Int, _ reason: Reason, detail: String? = nil, _ effects: inout Effects) {
        guard case .guest(let continuation, _) = waiters.removeValue(forKey: guest) else { return }
        _ = room.remove(waiter: guest)
        effects.guests.append((continuation, .refused(reason, detail: detail)))
    }

    /// The guest's call has ended. True when it is to be made anew.
    mutating func complete(
        _ pass: GuestPass, _ failure: CallFailure?, now: Now, _ effects: inout Effects
    ) -> Bool {
        let failure = failure?.excused(from: pass.started, to: now)
        let startedAt = pass.started.uptime
        scheduler.ended(lane: pass.lane)
        pace(failure, lane: pass.lane, startedAt: startedAt, now: now, &effects)
        weigh(failure, of: pass.guest.cluster?.id, at: pass.guest.endpoint, startedAt: startedAt, now: now, &effects)
        if scheduler.mayHaveNext { effects.wakes = true }
        return report(failure, of: pass.permit, endpoint: pass.guest.endpoint, now: now, &effects)
    }

    private static let cancelled = CallFailure(.cancelled, detail: "cancelled")
}
