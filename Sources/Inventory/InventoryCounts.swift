/// What is going on in an inventory at one moment.
package struct InventoryCounts: Sendable, Equatable {
    /// Readers and guests that wait.
    package var waiting = 0
    /// Lists that waiting readers share, and their links from clusters.
    package var groups = 0
    package var links = 0
    /// Calls running, guests' included.
    package var inFlight = 0
    /// Answers that have arrived and are not read yet.
    package var reading = 0
    /// Calls running, and those whose answers are not read yet.
    package var unfinished: Int { inFlight + reading }
    /// Calls queued.
    package var queued = 0
    /// Places in the queues; more than there are calls queued where some hold no more.
    package var queuedJobs = 0
    /// Charts held.
    package var charts = 0
    /// Compressed bytes of heavy fields held.
    package var heavyBytes = 0
    /// Bytes of heavy fields that are still to be masked and compressed.
    package var rawBytes = 0
    /// When there is something to do by itself next, by `TimeSource.uptime`; past while it has not got round to it.
    package var nextMoment: Duration?
    /// Children of `run` that sleep to wake it.
    package var alarms = 0

    init(_ state: InventoryState) {
        waiting = state.waiters.count
        groups = state.room.groups.count
        alarms = state.armed.count
        inFlight = state.scheduler.inFlight
        reading = state.reading
        rawBytes = state.rawBytes
        queuedJobs = state.scheduler.queuedJobs
        nextMoment = [
            state.armed.first, state.nextDue, state.nextExpiry, state.nextAdmission, state.room.nextDeadline,
        ].compactMap { $0 }.min()
        for table in state.tables {
            if table.chartID != nil { charts += 1 }
            heavyBytes += table.heavyByteCount
            for record in table.records {
                links += record.waiting.count
                if case .queued = record.phase { queued += 1 }
            }
        }
    }
}
