import ReleaseModel

extension InventoryState {
    /// Does what is due by now: background calls are queued, overdue waiters leave, rows past the limit are let go.
    mutating func tick(now: Now, _ effects: inout Effects) {
        makeUpForStandstill(now: now, &effects)
        if let due = nextDue, due <= now.uptime { queueDue(now: now, &effects) }
        while let waiter = room.nextOverdue(now: now.uptime) { leave(waiter, &effects) }
        if let expiry = nextExpiry, expiry <= now.uptime { expire(now: now) }
        if let admission = nextAdmission, admission <= now.uptime { nextAdmission = nil }
    }

    /// The next moment at which `tick` has work, when nothing armed comes sooner: somebody must wake `run` then.
    mutating func arm() -> Duration? {
        guard let next = [nextDue, room.nextDeadline, nextExpiry, nextAdmission].compactMap({ $0 }).min(),
            armed.first.map({ next < $0 }) ?? true
        else { return nil }
        armed.insert(next, at: 0)  // it is the least
        return next
    }
    mutating func disarm(_ moment: Duration) {
        if let index = armed.firstIndex(of: moment) { armed.remove(at: index) }
    }

    /// Sets when the next background call is due, at the first free moment from `wanted` on, and wakes `run` when it
    /// would sleep past it.
    ///
    /// - Parameter isExact: at `wanted` itself, in the calendar or not.
    mutating func schedule(_ slot: Int, at wanted: Duration, isExact: Bool = false, _ effects: inout Effects) {
        // It may have been skipped while its call was running.
        guard tables[0].records[slot].cluster.skip == nil else { return }
        if let before = tables[0].records[slot].dueAt { calendar.free(before) }
        let due = isExact ? wanted : calendar.take(notBefore: wanted)
        tables[0].change(slot) { $0.dueAt = due }
        if nextDue.map({ due < $0 }) ?? true { nextDue = due }
        if armed.first.map({ due < $0 }) ?? true { effects.wakes = true }
    }

    /// Nobody is called any more: all who wait are let go.
    mutating func stop(_ effects: inout Effects) {
        isStopped = true
        for waiter in waiters.keys.sorted() { leave(waiter, &effects) }
    }

    // MARK: -

    private mutating func queueDue(now: Now, _ effects: inout Effects) {
        nextDue = nil
        for slot in tables[0].records.indices {
            guard let due = tables[0].records[slot].dueAt else { continue }
            if due <= now.uptime {
                let isAwaited = !tables[0].records[slot].waiting.isEmpty
                enqueue(0, slot, isAwaited ? .demand : .background, now: now, &effects)
            }
            if let left = tables[0].records[slot].dueAt { nextDue = min(nextDue ?? left, left) }
        }
    }

    private mutating func expire(now: Now) {
        nextExpiry = nil
        forgetCharts(now: now)
        for table in tables.indices {
            for slot in tables[table].records.indices {
                guard let success = tables[table].records[slot].success,
                    tables[table].records[slot].cluster.skip == nil
                else { continue }
                let expiry = success.sentUptime + config.staleLimit
                if expiry < now.uptime {
                    let limit = config.staleLimit
                    _ = tables[table].change(slot) { $0.expire(after: limit, now: now) }
                } else {
                    // The limit itself is still good; the first moment past it is not.
                    let past = expiry + .nanoseconds(1)
                    nextExpiry = min(nextExpiry ?? past, past)
                }
            }
            if table > 0, tables[table].chartID != nil {
                let forgotten = max(tables[table].lastUsed + chartHold, now.uptime + .seconds(1))
                nextExpiry = min(nextExpiry ?? forgotten, forgotten)
            }
        }
    }
}
