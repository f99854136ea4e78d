import ReleaseModel

extension InventoryState {
    /// Takes a full set of clusters: new ones are due at once, those that are gone vanish with their rows.
    ///
    /// `clusters` is sorted by id, each id once.
    mutating func update(_ clusters: [Cluster], now: Now, _ effects: inout Effects) {
        hasClusters = true
        let old = tables[0].records.map(\.cluster.id)
        let newSlots = Dictionary(uniqueKeysWithValues: clusters.enumerated().map { ($1.id, $0) })
        let newSlot = old.map { newSlots[$0] }
        var started: [Int] = []
        for table in tables.indices {
            // Before slots get other meanings: nobody waits for what is gone or no longer asked.
            for (slot, record) in tables[table].records.enumerated() {
                let stays = newSlot[slot].map { clusters[$0].skip == nil || record.cluster.skip != nil } ?? false
                if !stays { settle(table, slot, sentAt: nil, &effects) }
            }
        }
        for table in tables.indices where table == 0 || tables[table].chartID != nil {
            var records: [ClusterRecord] = []
            records.reserveCapacity(clusters.count)
            tables[table].unfinished = 0
            for (slot, cluster) in clusters.enumerated() {
                var record = kept(cluster, in: table) ?? make(cluster)
                let wasSkipped = record.cluster.skip != nil
                record.rename(cluster)
                record.holds = holds(on: cluster, now: now)
                if case .queued = record.phase, cluster.skip != nil || endpoint(cluster) == nil {
                    record.phase = .idle
                    record.heldUntil = nil
                }
                if cluster.skip != nil {
                    record.dueAt = nil
                } else if table == 0, record.phase == .idle, wasSkipped || record.dueAt == nil {
                    started.append(slot)
                }
                if record.phase != .idle { tables[table].unfinished += 1 }
                records.append(record)
            }
            tables[table].replaceAll(records)
        }
        slots = newSlots
        clusterBreakers = clusterBreakers.filter { newSlots[$0.key] != nil }
        room.renumber(newSlot)
        requeueAll()
        planAnew()
        for slot in started { enqueue(0, slot, .background, now: now, &effects) }
        nextExpiry = now.uptime  // a cluster that is no longer skipped may be past the limit
        effects.wakes = true
    }

    /// The grid follows the number of clusters.
    private mutating func planAnew() {
        let asked = tables[0].records.count { $0.cluster.skip == nil }
        calendar = RefreshCalendar(clusters: asked, refreshInterval: config.refreshInterval, using: &random)
        for slot in tables[0].records.indices {
            guard let due = tables[0].records[slot].dueAt else { continue }
            tables[0].change(slot) { $0.dueAt = calendar.take(notBefore: due) }
        }
    }

    private func kept(_ cluster: Cluster, in table: Int) -> ClusterRecord? {
        slots[cluster.id].map { tables[table].records[$0] }
    }
    mutating func make(_ cluster: Cluster) -> ClusterRecord {
        lastEpoch += 1
        return ClusterRecord(cluster, epoch: lastEpoch)
    }

    /// Queues hold slots and lanes of before: they are made anew.
    private mutating func requeueAll() {
        scheduler.removeJobs()
        for table in tables.indices {
            for (slot, record) in tables[table].records.enumerated() {
                guard case .queued(let urgency) = record.phase, let endpoint = endpoint(record.cluster) else {
                    continue
                }
                let lane = scheduler.lane(endpoint: endpoint, credential: record.cluster.credential)
                scheduler.enqueue(CallScheduler.Job(table: table, slot: slot), urgency, lane: lane)
            }
        }
    }
}
