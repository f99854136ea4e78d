import CCE
import ReleaseModel

extension InventoryState {
    /// Tells the gate how a call ended, and lets everybody behind that credential know of a verdict. True when the call
    /// is to be made anew.
    mutating func report(
        _ failure: CallFailure?, of permit: CredentialGates.Permit, endpoint: String, now: Now,
        _ effects: inout Effects
    ) -> Bool {
        let outcome = gates.report(failure, of: permit, now: now.uptime)
        let hasChanged = outcome == .changed
        if outcome == .clockCorrected {
            effects.events.append(.clockCorrected(endpoint, offset: failure?.clockOffset ?? .zero))
            effects.wakes = true
        } else if failure?.status == 401 {
            if hasChanged { effects.events.append(.credentialRefused(permit.credential)) }
            holdBack(permit.credential, now: now, &effects)
        } else if hasChanged {
            effects.events.append(.credentialAccepted(permit.credential))
            release(permit.credential)
            effects.wakes = true
        }
        let isOutdated = failure?.status == 401 && gates.isReplaced(permit)
        return outcome == .clockCorrected || failure?.isKeyReplaced == true || isOutdated
    }

    /// A credential that is held back after a refusal.
    struct Refusal {
        let until: Duration
        let reason: Reason
    }
    /// Nil when it is not.
    func refusal(of credential: String, now: Now) -> Refusal? {
        guard let standing = gates.standing(of: credential, now: now.uptime), standing.verdict == .refused
        else { return nil }
        return Refusal(until: standing.holdUntil ?? now.uptime, reason: standing.kind.reason)
    }

    /// All queued records of a refused credential say so, and nobody waits for them any longer.
    mutating func holdBack(_ credential: String, now: Now, _ effects: inout Effects) {
        guard let refusal = refusal(of: credential, now: now) else { return }
        held.insert(credential)
        for table in tables.indices {
            for slot in tables[table].records.indices {
                guard case .queued = tables[table].records[slot].phase,
                    tables[table].records[slot].cluster.credential == credential
                else { continue }
                holdBack(table, slot, refusal, now: now, &effects)
            }
        }
        scheduler.removeDemand(ofCredential: credential) { $0.table > 0 }
        for (id, waiter) in waiters {
            guard case .guest(_, let guest) = waiter, guest.credential == credential else { continue }
            scheduler.remove(guest: id)
            turnAway(guest: id, refusal.reason, &effects)
        }
    }

    /// One queued record says that its credential is refused, if it is.
    mutating func holdBack(_ table: Int, _ slot: Int, now: Now, _ effects: inout Effects) {
        let credential = tables[table].records[slot].cluster.credential
        guard let refusal = refusal(of: credential, now: now) else { return release(credential) }
        holdBack(table, slot, refusal, now: now, &effects)
    }

    /// The credential's queued records wait for a call again.
    mutating func release(_ credential: String) {
        guard held.remove(credential) != nil else { return }
        for table in tables.indices {
            for slot in tables[table].records.indices
            where tables[table].records[slot].heldUntil != nil
                && tables[table].records[slot].cluster.credential == credential
            {
                tables[table].change(slot) { $0.heldUntil = nil }
            }
        }
    }

    private mutating func holdBack(
        _ table: Int, _ slot: Int, _ refusal: Refusal, now: Now, _ effects: inout Effects
    ) {
        let failure = Standing.Failure(
            reason: refusal.reason, at: now.wall, atUptime: now.uptime, detail: "held back: its credential is refused")
        tables[table].change(slot) {
            if $0.failure?.reason != .unauthorized, $0.failure?.reason != .clockSkew { $0.note(failure) }
            if table == 0 {
                $0.heldUntil = refusal.until  // it stays queued, as a probe
            } else {
                // Left queued it would be a fan-out that runs, and keep every other chart out.
                $0.phase = .idle
                $0.floor = refusal.until
            }
        }
        if table > 0 { tables[table].unfinished -= 1 }
        settle(table, slot, sentAt: nil, &effects)
    }
}
