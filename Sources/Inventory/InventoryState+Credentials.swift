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
            holdBack(permit.credential, isNew: true, now: now, &effects)
        } else if hasChanged {
            effects.events.append(.credentialAccepted(permit.credential))
            release(permit.credential)
            effects.wakes = true
        }
    }

    /// All queued records of a credential show its refusal, and nobody waits for them any longer.
    ///
    /// - Parameter isNew: a refusal has just come; else only records queued since the last one are marked.
    mutating func holdBack(_ credential: String, isNew: Bool, now: Now, _ effects: inout Effects) {
        let until = gates.standing(of: credential, now: now.uptime)?.holdUntil ?? now.uptime
        for table in tables.indices {
            for slot in tables[table].records.indices {
                let record = tables[table].records[slot]
                guard case .queued = record.phase, isNew || record.heldUntil == nil,
                    record.cluster.credential == credential
                else { continue }
                holdBack(table, slot, until: until, now: now, &effects)
            }
        }
        for (id, waiter) in waiters {
            guard case .guest(_, let cluster) = waiter, cluster.credential == credential else { continue }
            scheduler.remove(guest: id)
            turnAway(guest: id, .unauthorized, &effects)
        }
    }

    /// Until when the credential is held back after a refusal; nil when it is not.
    func refusedUntil(_ credential: String, now: Now) -> Duration? {
        guard let standing = gates.standing(of: credential, now: now.uptime), standing.verdict == .refused
        else { return nil }
        return standing.holdUntil ?? now.uptime
    }

    /// The credential's queued records wait for a call again.
    mutating func release(_ credential: String) {
        for table in tables.indices {
            for slot in tables[table].records.indices {
                let record = tables[table].records[slot]
                guard record.heldUntil != nil, record.cluster.credential == credential else { continue }
                tables[table].change(slot) { $0.heldUntil = nil }
            }
        }
    }

    /// One queued record shows its credential's refusal.
    mutating func holdBack(
        _ table: Int, _ slot: Int, until: Duration, now: Now, _ effects: inout Effects
    ) {
        let failure = Standing.Failure(
            reason: .unauthorized, at: now.wall, atUptime: now.uptime, detail: "held back: its credential is refused")
        tables[table].change(slot) {
            if $0.failure?.reason != .unauthorized, $0.failure?.reason != .clockSkew { $0.note(failure) }
            $0.heldUntil = until
        }
        settle(table, slot, sentAt: nil, &effects)
    }
}
