import CCE

/// The process may have stood still: stopped, suspended with its machine, or without processor time for a second or more.
/// All deadlines are then past at once, peers have closed their connections, and every cluster is due.
extension InventoryState {
    /// When a call of which nothing was learned is made again: not with all others of which nothing was.
    mutating func soon(_ now: Now) -> Duration {
        now.uptime + Pacing.failureFloor + Self.recoverySpread * Double.random(in: 0...1, using: &random)
    }

    /// Background calls that became due in a standstill are spread, or all of them would be made at one moment: over a
    /// sixth of the interval, and ten seconds at most.
    mutating func makeUpForStandstill(now: Now, _ effects: inout Effects) {
        guard now.standstills != standstills else { return }
        standstills = now.standstills
        let overdue = tables[0].records.indices.filter { slot in
            tables[0].records[slot].waiting.isEmpty && tables[0].records[slot].dueAt.map { $0 <= now.uptime } ?? false
        }
        let time = min(config.refreshInterval / 6, .seconds(10))
        for (turn, slot) in overdue.shuffled(using: &random).enumerated() {
            schedule(slot, at: now.uptime + time * (turn + 1) / overdue.count, isExact: true, &effects)
        }
    }
}

extension CallFailure {
    /// The same, or that nothing was learned: a call that ended by a limit of time or without its connection says nothing
    /// of its peer when the process stood still meanwhile. It is made again soon.
    func excused(from start: Now, to end: Now) -> CallFailure {
        guard start.standstills != end.standstills else { return self }
        switch kind {
        case .timeout, .cut, .unreachable, .unresolved:
            return CallFailure(.cancelled, detail: "the process stood still: \(detail)")
        case .tls, .unauthorized, .clockSkew, .forbidden, .notFound, .rejected, .throttled, .locked, .unavailable,
            .serverError, .foreign, .unreadable, .tooLarge, .busy, .circuitOpen, .cancelled, .keyReplaced:
            return self
        }
    }
}
