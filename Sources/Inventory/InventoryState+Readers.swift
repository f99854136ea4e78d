import ReleaseModel
import Telemetry

extension InventoryState {
    /// What a reader asks for.
    struct Wish: Sendable {
        var clusters: [ClusterID]
        var maxAge: Duration
        /// When the request came.
        var askedAt: Duration
        /// Whose request it is, for the calls that it causes.
        var origin: CallOrigin?
    }

    /// Queues calls for those of the wished clusters that are not fresh enough and may be asked, and names those that
    /// will be settled by an answer.
    mutating func demand(_ wish: Wish, table: Int, now: Now, _ effects: inout Effects) -> WaitRoom.Key {
        var needs: [Int] = []
        let threshold = self.threshold(of: wish)
        var seen: Set<String> = []
        for id in wish.clusters {
            guard let slot = slots[id] else { continue }
            switch tables[table].records[slot].need(since: threshold, now: now.uptime) {
            case .nothing: continue
            case .running: needs.append(slot * 2)
            case .afterRunning:
                needs.append(slot * 2 + 1)
                note(wish.origin, table, slot)
            case .call:
                let credential = tables[table].records[slot].cluster.credential
                if seen.insert(credential).inserted {
                    // Found out here and not by an answer: discovery was refused, or another key is in use.
                    if refusal(of: credential, now: now) != nil {
                        if !held.contains(credential) { holdBack(credential, now: now, &effects) }
                    } else {
                        release(credential)
                    }
                }
                note(wish.origin, table, slot)
                enqueue(table, slot, .demand, now: now, &effects)
                // Where there can be no call, or its credential is refused, nobody waits for one.
                if tables[table].records[slot].isAwaitingCall(now: now.uptime) { needs.append(slot * 2) }
            }
        }
        return WaitRoom.Key(table: table, needs: needs)
    }

    /// The next call of that record is for who asks first.
    private mutating func note(_ origin: CallOrigin?, _ table: Int, _ slot: Int) {
        guard let origin, tables[table].records[slot].origin == nil else { return }
        tables[table].changeHidden(slot) { $0.origin = origin }
    }

    /// Lets a reader wait until all that `key` names is settled. The id to take it away by.
    mutating func wait(
        for key: WaitRoom.Key, _ wish: Wish, deadline: Duration, _ continuation: CheckedContinuation<Void, Never>,
        as waiter: Int, _ effects: inout Effects
    ) {
        waiters[waiter] = .reader(continuation)
        let (group, isNew) = room.add(
            waiter: waiter, key: key, threshold: threshold(of: wish), deadline: deadline)
        if isNew {
            for need in key.needs { tables[key.table].changeHidden(need / 2) { $0.waiting.append(group) } }
        }
        if armed.first.map({ deadline < $0 }) ?? true { effects.wakes = true }
    }

    /// A waiter goes before its time. What it waited for, when nobody else does.
    @discardableResult
    mutating func leave(_ waiter: Int, _ effects: inout Effects) -> WaitRoom.Group? {
        if case .guest = waiters[waiter] { scheduler.remove(guest: waiter) }
        resume(waiter, &effects)
        guard let (id, group) = room.remove(waiter: waiter) else { return nil }
        for slot in group.slots {
            tables[group.table].changeHidden(slot) { $0.waiting.removeAll { $0 == id } }
        }
        if group.table > 0 { abandonIfUnread(group.table) }
        return group
    }

    /// A reader's client has left. What is only queued for him alone is not asked; each cluster's turn comes as it would
    /// have without him. A reader whose time is over is another matter: his answer has said that the calls are pending.
    mutating func abandon(_ waiter: Int, now: Now, _ effects: inout Effects) {
        guard let group = leave(waiter, &effects), group.table == 0 else { return }
        for slot in group.slots {
            let record = tables[0].records[slot]
            guard record.waiting.isEmpty, record.phase == .queued(.demand), record.heldUntil == nil,
                record.failure == nil, let success = record.success
            else { continue }
            withdraw(0, slot)
            tables[0].changeHidden(slot) { $0.origin = nil }
            schedule(slot, at: max(now.uptime, success.sentUptime + config.refreshInterval), &effects)
        }
    }

    /// An answer counts when its call was sent at this time or later.
    func threshold(of wish: Wish) -> Duration { wish.askedAt - max(wish.maxAge, config.minRefreshInterval) }

    mutating func nextWaiter() -> Int {
        lastWaiter += 1
        return lastWaiter
    }

    // MARK: - Charts

    /// The table of a chart, made when there is room; nil when eight are in use or another chart's fan-out runs.
    ///
    /// An id that nobody has asked for during the configuration's `maxAge`, and of which no call runs, makes room.
    mutating func table(chartID: String, for wish: Wish, now: Now) -> Int? {
        let threshold = self.threshold(of: wish)
        let present = tables.indices.dropFirst().first { tables[$0].chartID == chartID }
        let isSettled =
            present.map { table in
                wish.clusters.allSatisfy { id in
                    guard let slot = slots[id] else { return true }
                    return tables[table].records[slot].need(since: threshold, now: now.uptime) == .nothing
                }
            } ?? false
        let isOtherRunning = tables.indices.dropFirst().contains { $0 != present && tables[$0].unfinished > 0 }
        guard isSettled || !isOtherRunning else { return nil }
        if let present {
            tables[present].lastUsed = now.uptime
            return present
        }
        return makeTable(chartID: chartID, now: now)
    }

    var chartHold: Duration { max(config.maxAge, .seconds(10)) }

    /// Lets go of charts that nobody has asked for lately.
    mutating func forgetCharts(now: Now) {
        for table in tables.indices.dropFirst() where isForgettable(table, now: now) { forget(table, now: now) }
    }

    private mutating func makeTable(chartID: String, now: Now) -> Int? {
        let free = tables.indices.dropFirst().first { tables[$0].chartID == nil }
        let place: Int
        if let free {
            place = free
        } else if tables.count <= Self.chartLimit {
            place = tables.count
        } else {
            let idle = tables.indices.dropFirst().filter { isForgettable($0, now: now) }
            guard let oldest = idle.min(by: { tables[$0].lastUsed < tables[$1].lastUsed }) else { return nil }
            place = oldest
        }
        lastSerial += 1
        let records = tables[0].records.map { held in
            var record = make(held.cluster)
            record.holds = held.holds
            return record
        }
        let table = ClusterTable(chartID: chartID, serial: lastSerial, records: records, now: now.uptime)
        if place == tables.count { tables.append(table) } else { tables[place] = table }
        let forgotten = now.uptime + chartHold
        nextExpiry = min(nextExpiry ?? forgotten, forgotten)
        return place
    }

    private func isForgettable(_ table: Int, now: Now) -> Bool {
        tables[table].chartID != nil && tables[table].unfinished == 0
            && now.uptime - tables[table].lastUsed >= chartHold
            && !room.groups.values.contains { $0.table == table }
    }
    private mutating func forget(_ table: Int, now: Now) {
        lastSerial += 1
        tables[table] = ClusterTable(chartID: nil, serial: lastSerial, records: [], now: now.uptime)
    }

    /// All readers of a chart have gone: what is only queued is not asked.
    private mutating func abandonIfUnread(_ table: Int) {
        guard !room.groups.values.contains(where: { $0.table == table }) else { return }
        for slot in tables[table].records.indices {
            guard case .queued = tables[table].records[slot].phase else { continue }
            tables[table].change(slot) {
                $0.phase = .idle
                $0.heldUntil = nil
            }
            tables[table].unfinished -= 1
        }
        scheduler.removeDemand { $0.table == table }
    }
}
