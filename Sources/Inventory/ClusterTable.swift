import ReleaseModel

/// The records of all clusters, by cluster id, and the snapshot made of them: one plain table, and one per chart id.
///
/// A change marks its record; entries are made anew only when somebody reads, so a burst of answers between two reads
/// costs one copy of the list of entries, not one each.
struct ClusterTable: Sendable {
    let chartID: String?
    /// Differs for each table ever made.
    let serial: Int
    private(set) var records: [ClusterRecord]
    /// When a reader last asked for it; only of use for charts.
    var lastUsed: Duration
    /// Calls queued or running.
    var unfinished = 0
    /// Compressed bytes of heavy fields held.
    private(set) var heavyByteCount = 0
    private let marker: ContentHash
    private var sum = ContentHash.zero
    private var entries: [ClusterEntry] = []
    private var dirty: [Int] = []
    private var made: Snapshot?

    init(chartID: String?, serial: Int, records: [ClusterRecord], now: Duration) {
        self.chartID = chartID
        self.serial = serial
        self.records = []
        lastUsed = now
        marker = chartID.map(EntryHash.marker) ?? .zero
        replaceAll(records)
    }

    /// Changes one record and keeps sums and marks in step.
    mutating func change<Result>(_ slot: Int, _ body: (inout ClusterRecord) -> Result) -> Result {
        let hash = records[slot].entryHash
        let bytes = records[slot].heavyByteCount
        let result = body(&records[slot])
        heavyByteCount += records[slot].heavyByteCount - bytes
        if records[slot].entryHash != hash { sum = sum &- hash &+ records[slot].entryHash }
        if !records[slot].isDirty {
            records[slot].isDirty = true
            dirty.append(slot)
            made = nil
        }
        return result
    }

    /// Changes what no snapshot shows.
    mutating func changeHidden<Result>(_ slot: Int, _ body: (inout ClusterRecord) -> Result) -> Result {
        body(&records[slot])
    }

    /// What the heavy fields of a record's part weigh, known only now; no snapshot shows it.
    mutating func weigh(_ slot: Int, _ part: ClusterPart) {
        guard records[slot].part === part else { return }
        heavyByteCount += part.heavyByteCount - records[slot].heavyByteCount
        records[slot].weigh(part.heavyByteCount)
    }

    /// Puts another set of records, sorted by cluster id, in place.
    mutating func replaceAll(_ records: [ClusterRecord]) {
        self.records = records
        sum = records.reduce(.zero) { $0 &+ $1.entryHash }
        heavyByteCount = records.reduce(0) { $0 + $1.heavyByteCount }
        entries = []
        dirty = []
        made = nil
        for slot in self.records.indices { self.records[slot].isDirty = false }
    }

    /// - Parameter gaps: what is not known of the fleet beyond the records.
    mutating func snapshot(now: Now, gaps: [DiscoveryGap]) -> Snapshot {
        if let made, made.gaps == gaps { return made }
        if entries.count != records.count {
            entries = records.map { $0.entry(now: now) }
        } else {
            for slot in dirty { entries[slot] = records[slot].entry(now: now) }
        }
        for slot in dirty { records[slot].isDirty = false }
        dirty.removeAll(keepingCapacity: true)
        let snapshot = Snapshot(entries: entries, id: sum &+ marker, gaps: gaps)
        made = snapshot
        return snapshot
    }
}

extension [ClusterTable] {
    /// False for a place in a queue that holds no more.
    func isQueued(_ job: CallScheduler.Job, _ urgency: CallScheduler.Urgency) -> Bool {
        guard job.table < count, job.slot < self[job.table].records.count else { return false }
        return self[job.table].records[job.slot].phase == .queued(urgency)
    }
}
