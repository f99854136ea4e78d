import CCE
import ReleaseModel

extension InventoryState {
    /// Tells the gate how a call ended, and lets everybody behind that credential know of a verdict.
    mutating func report(
        _ failure: CallFailure?, of permit: CredentialGates.Permit, now: Now, _ effects: inout Effects
    ) {
        let hasChanged = gates.report(failure, of: permit, now: now.uptime)
        if failure?.status == 401 {
            if hasChanged { effects.events.append(.credentialRefused(permit.credential)) }
            holdBack(permit.credential, now: now, &effects)
        } else if hasChanged {
            effects.events.append(.credentialAccepted(permit.credential))
            release(permit.credential)
            effects.wakes = true
        }
    }

    /// Until when the credential is held back after a refusal; nil when it is not.
    func refusedUntil(_ credential: String, now: Now) -> Duration? {
        guard let standing = gates.standing(of: credential, now: now.uptime), standing.verdict == .refused
        else { return nil }
        return standing.holdUntil ?? now.uptime
    }

    /// All queued records of a refused credential say so, and nobody waits for them any longer.
    mutating func holdBack(_ credential: String, now: Now, _ effects: inout Effects) {
        guard let until = refusedUntil(credential, now: now) else { return }
        held.insert(credential)
        for table in tables.indices {
            for slot in tables[table].records.indices {
                guard case .queued = tables[table].records[slot].phase,
                    tables[table].records[slot].cluster.credential == credential
                else { continue }
                holdBack(table, slot, until: until, now: now, &effects)
            }
        }
        scheduler.removeDemand(ofCredential: credential) { $0.table > 0 }
        for (id, waiter) in waiters {
            guard case .guest(_, let cluster) = waiter, cluster.credential == credential else { continue }
            scheduler.remove(guest: id)
            turnAway(guest: id, .unauthorized, &effects)
        }
    }

    /// One queued record says that its credential is refused, if it is.
    mutating func holdBack(_ table: Int, _ slot: Int, now: Now, _ effects: inout Effects) {
        let credential = tables[table].records[slot].cluster.credential
        guard let until = refusedUntil(credential, now: now) else { return release(credential) }
        holdBack(table, slot, until: until, now: now, &effects)
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
        _ table: Int, _ slot: Int, until: Duration, now: Now, _ effects: inout Effects
    ) {
        let failure = Standing.Failure(
            reason: .unauthorized, at: now.wall, atUptime: now.uptime, detail: "held back: its credential is refused")
        tables[table].change(slot) {
            if $0.failure?.reason != .unauthorized, $0.failure?.reason != .clockSkew { $0.note(failure) }
            if table == 0 {
                $0.heldUntil = until  // it stays queued, as a probe
            } else {
                // Left queued it would be a fan-out that runs, and keep every other chart out.
                $0.phase = .idle
                $0.floor = until
            }
        }
        if table > 0 { tables[table].unfinished -= 1 }
        settle(table, slot, sentAt: nil, &effects)
    }
}
