import Locking
import ReleaseModel

/// Holds what page tokens still name: snapshots that are no longer the newest, and the coverage that page 1 told.
///
/// Memory is bounded: of the rows held, those that the newest snapshot holds too cost nothing, and each part is counted
/// once however many snapshots share it. Past the budget the snapshots pinned first are let go, and their tokens with
/// them. For any number of threads.
final class SnapshotPins: Sendable {
    /// What an entry costs besides its part: the cluster, its standing and their texts, estimated.
    static let bytesPerEntry = 448
    private let state: Lock<PinTable>
    private let coverages: Lock<CoverageTable>

    /// - Parameter byteBudget: for rows and for coverage; the latter takes an eighth of it at most.
    init(byteBudget: Int) {
        state = Lock(PinTable(byteBudget: byteBudget))
        coverages = Lock(CoverageTable(itemLimit: byteBudget / 8 / MemoryLayout<Coverage.Item>.stride))
    }

    /// Holds `snapshot` until `deadline` (by `TimeSource.uptime`) at least, budget permitting.
    ///
    /// - Parameter newest: the snapshot now served; what it shares is not counted.
    func pin(_ snapshot: Snapshot, until deadline: Duration, newest: Snapshot?, now: Duration) {
        change { $0.pin(snapshot, until: deadline, newest: newest, now: now) }
    }

    /// Holds `snapshot` for one who reads it for longer, until the lease is let go of. Nil when there is no room.
    ///
    /// - Parameter onLetGo: called when the budget needs its room, on any thread, at most once: the snapshot must be let
    ///   go of then.
    func lease(
        _ snapshot: Snapshot, newest: Snapshot?, now: Duration, onLetGo: @escaping @Sendable () -> Void
    ) -> SnapshotLease? {
        let id = snapshot.id
        let number = change { $0.lease(snapshot, newest: newest, now: now, onLetGo: onLetGo) }
        return number.map { number in
            SnapshotLease { [weak self] in self?.state.withLock { $0.endLease(number, of: id) } }
        }
    }

    /// The snapshot of that id, when it is held.
    func snapshot(_ id: ContentHash) -> Snapshot? {
        // Put together after the lock: it costs a copy of every entry.
        let pin = state.withLock { $0.pins[id] }
        return pin.map { pin in Snapshot(entries: pin.chunks.flatMap(\.entries), id: id, gaps: pin.gaps) }
    }

    /// Holds page 1's coverage; equal ones of one snapshot share a name. Bounded by number, oldest first.
    ///
    /// - Parameter entries: where in the snapshot the coverage's clusters stand.
    func pin(_ coverage: Coverage, entries: [Int], of snapshot: ContentHash, until deadline: Duration) -> CoverageID {
        let id = CoverageID(coverage, entries: entries, of: snapshot)
        coverages.withLock { $0.pin(coverage, as: id, until: deadline) }
        return id
    }
    func coverage(_ id: CoverageID) -> Coverage? { coverages.withLock { $0.held[id]?.coverage } }

    /// Lets go what no token can name any more. Pinning does it too; this is for when nobody asks.
    func letGoExpired(newest: Snapshot?, now: Duration) {
        change { $0.letGoExpired(newest: newest, now: now) }
        coverages.withLock { $0.letGoExpired(now: now) }
    }

    /// From now on no more than so many bytes; what is above is let go at once.
    func limit(to byteBudget: Int) {
        change { $0.limit(to: byteBudget) }
        coverages.withLock { $0.itemLimit = byteBudget / 8 / MemoryLayout<Coverage.Item>.stride }
    }

    /// Bytes counted against the budget, and how many snapshots are held.
    var usage: (bytes: Int, snapshots: Int) { state.withLock { ($0.countedBytes, $0.pins.count) } }

    /// Tells those whose leases did not outlast the change, after the lock.
    private func change<Value: Sendable>(_ body: (inout PinTable) -> Value) -> Value {
        let (value, told) = state.withLock { table -> (Value, [@Sendable () -> Void]) in
            let value = body(&table)
            defer { table.toTell = [] }
            return (value, table.toTell)
        }
        for tell in told { tell() }
        return value
    }
}

/// A reader's hold on a snapshot, given back when it is let go of.
final class SnapshotLease: Sendable {
    private let end: @Sendable () -> Void
    init(_ end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
}

/// A run of entries, shared by all pinned snapshots in which it is the same: what a snapshot adds is what changed.
private final class PinnedChunk: Sendable {
    static let length = 16
    let entries: [ClusterEntry]
    init(_ entries: ArraySlice<ClusterEntry>) { self.entries = Array(entries) }

    func isEqual(_ others: ArraySlice<ClusterEntry>) -> Bool {
        entries.count == others.count
            && zip(entries, others).allSatisfy { $0.part === $1.part && $0.contentHash == $1.contentHash }
    }
    var byteCount: Int { entries.count * SnapshotPins.bytesPerEntry }
}

private struct PinTable {
    struct Pin {
        let chunks: [PinnedChunk]
        var gaps: [DiscoveryGap]
        var deadline: Duration
        /// Who reads it for longer; it does not expire meanwhile.
        var leases: [Int: @Sendable () -> Void] = [:]
    }
    struct HeldPart {
        var chunks: Int
        var isInNewest: Bool
        let byteCount: Int
        var countedBytes: Int { chunks > 0 && !isInNewest ? byteCount : 0 }
    }
    private var byteBudget: Int
    private(set) var pins: [ContentHash: Pin] = [:]
    private(set) var countedBytes = 0
    /// Whose leases were ended by the budget, to be told after the lock.
    var toTell: [@Sendable () -> Void] = []
    private var leaseCount = 0
    /// The ids in `pins`, the one pinned first in front.
    private var order: [ContentHash] = []
    private var parts: [ObjectIdentifier: HeldPart] = [:]
    private var chunkUses: [ObjectIdentifier: Int] = [:]
    private var lastChunks: [PinnedChunk] = []
    /// Kept, so that its parts' identities cannot become those of new parts.
    private var newest: Snapshot?

    init(byteBudget: Int) { self.byteBudget = byteBudget }

    mutating func pin(_ snapshot: Snapshot, until deadline: Duration, newest: Snapshot?, now: Duration) {
        follow(newest)
        if let pin = pins[snapshot.id] {
            pins[snapshot.id]?.deadline = max(pin.deadline, deadline)
            // The same rows, of which more may be known by now.
            pins[snapshot.id]?.gaps = snapshot.gaps
            return
        }
        removeExpired(now: now)
        let chunks = chunked(snapshot)
        for chunk in chunks { retain(chunk) }
        lastChunks = chunks
        pins[snapshot.id] = Pin(chunks: chunks, gaps: snapshot.gaps, deadline: deadline)
        order.append(snapshot.id)
        keepBudget()
    }

    /// The lease's number; nil when the budget cannot hold the snapshot.
    mutating func lease(
        _ snapshot: Snapshot, newest: Snapshot?, now: Duration, onLetGo: @escaping @Sendable () -> Void
    ) -> Int? {
        pin(snapshot, until: now, newest: newest, now: now)
        leaseCount += 1
        pins[snapshot.id]?.leases[leaseCount] = onLetGo
        return pins[snapshot.id] == nil ? nil : leaseCount
    }
    /// Of a snapshot that may have been let go of by then. Without leases it stays until its deadline.
    mutating func endLease(_ number: Int, of id: ContentHash) { pins[id]?.leases[number] = nil }

    mutating func limit(to byteBudget: Int) {
        self.byteBudget = byteBudget
        keepBudget()
    }
    mutating func letGoExpired(newest: Snapshot?, now: Duration) {
        follow(newest)
        removeExpired(now: now)
        keepBudget()
    }

    // MARK: - What is counted

    /// Marks the parts of the snapshot now served and unmarks those of the one before.
    private mutating func follow(_ snapshot: Snapshot?) {
        guard let snapshot, snapshot !== newest else { return }
        let before = newest?.entries ?? []
        let after = snapshot.entries
        // Most snapshots differ from the one before in a few clusters only.
        let changed =
            before.count == after.count ? after.indices.filter { before[$0].part !== after[$0].part } : nil
        for index in changed ?? Array(before.indices) { mark(before[index].part, isInNewest: false) }
        for index in changed ?? Array(after.indices) { mark(after[index].part, isInNewest: true) }
        newest = snapshot
    }

    private mutating func mark(_ part: ClusterPart?, isInNewest: Bool) {
        guard let part else { return }
        change(part) { $0.isInNewest = isInNewest }
    }
    private mutating func change(_ part: ClusterPart, _ body: (inout HeldPart) -> Void) {
        let id = ObjectIdentifier(part)
        var held = parts[id] ?? HeldPart(chunks: 0, isInNewest: false, byteCount: part.byteCount)
        countedBytes -= held.countedBytes
        body(&held)
        countedBytes += held.countedBytes
        parts[id] = held.chunks > 0 || held.isInNewest ? held : nil
    }

    // MARK: - Chunks

    /// The snapshot in chunks, those of the one pinned before where they are the same.
    private func chunked(_ snapshot: Snapshot) -> [PinnedChunk] {
        let starts = stride(from: 0, to: snapshot.entries.count, by: PinnedChunk.length)
        return starts.enumerated().map { index, start in
            let entries = snapshot.entries[start..<min(start + PinnedChunk.length, snapshot.entries.count)]
            if index < lastChunks.count, lastChunks[index].isEqual(entries) { return lastChunks[index] }
            return PinnedChunk(entries)
        }
    }
    private mutating func retain(_ chunk: PinnedChunk) {
        let uses = chunkUses[ObjectIdentifier(chunk), default: 0]
        chunkUses[ObjectIdentifier(chunk)] = uses + 1
        guard uses == 0 else { return }
        countedBytes += chunk.byteCount
        for entry in chunk.entries { entry.part.map { part in change(part) { $0.chunks += 1 } } }
    }
    private mutating func release(_ chunk: PinnedChunk) {
        let uses = chunkUses[ObjectIdentifier(chunk), default: 1]
        chunkUses[ObjectIdentifier(chunk)] = uses > 1 ? uses - 1 : nil
        guard uses == 1 else { return }
        countedBytes -= chunk.byteCount
        for entry in chunk.entries { entry.part.map { part in change(part) { $0.chunks -= 1 } } }
    }

    // MARK: - Letting go

    private mutating func removeExpired(now: Duration) {
        let expired = order.filter { id in pins[id].map { $0.deadline <= now && $0.leases.isEmpty } ?? true }
        guard !expired.isEmpty else { return }
        for id in expired { remove(id) }
        order.removeAll { pins[$0] == nil }
    }
    private mutating func keepBudget() {
        var letGo = 0
        while countedBytes > byteBudget, letGo < order.count {
            remove(order[letGo])
            letGo += 1
        }
        order.removeFirst(letGo)
    }
    private mutating func remove(_ id: ContentHash) {
        guard let pin = pins.removeValue(forKey: id) else { return }
        toTell += pin.leases.values
        for chunk in pin.chunks { release(chunk) }
        if pins.isEmpty { lastChunks = [] }
    }
}

private struct CoverageTable {
    var itemLimit: Int { didSet { keepLimit() } }
    private(set) var held: [CoverageID: (coverage: Coverage, deadline: Duration)] = [:]
    private var order: [CoverageID] = []
    private var items = 0

    init(itemLimit: Int) { self.itemLimit = itemLimit }

    mutating func pin(_ coverage: Coverage, as id: CoverageID, until deadline: Duration) {
        if let before = held[id] {
            held[id]?.deadline = max(before.deadline, deadline)
            return
        }
        held[id] = (coverage, deadline)
        order.append(id)
        items += Self.cost(coverage)
        keepLimit()
    }
    private mutating func keepLimit() {
        var letGo = 0
        while items > itemLimit, letGo < order.count {
            remove(order[letGo])
            letGo += 1
        }
        order.removeFirst(letGo)
    }
    mutating func letGoExpired(now: Duration) {
        let expired = order.filter { id in held[id].map { $0.deadline <= now } ?? true }
        guard !expired.isEmpty else { return }
        for id in expired { remove(id) }
        order.removeAll { held[$0] == nil }
    }
    private mutating func remove(_ id: CoverageID) {
        guard let entry = held.removeValue(forKey: id) else { return }
        items -= Self.cost(entry.coverage)
    }
    /// A coverage without clusters costs something too.
    private static func cost(_ coverage: Coverage) -> Int { coverage.items.count + coverage.gaps.count + 4 }
}

extension CoverageID {
    /// So that a process does not take another's name for one of its own: a replica has another coverage.
    private static let process = UInt64.random(in: 1 ... .max)

    /// Over everything the coverage says, times too. The clusters' names follow from snapshot and entries.
    init(_ coverage: Coverage, entries: [Int], of snapshot: ContentHash) {
        var hasher = Hasher()
        hasher.combine(snapshot)
        hasher.combine(coverage.gaps)
        for (entry, item) in zip(entries, coverage.items) {
            // Two words for a fresh cluster: this runs for every page with a successor.
            let flaws = item.reason != nil || item.dropped > 0 || item.repaired > 0 || item.retryAt != nil
            hasher.combine(entry << 2 | (item.state == .fresh ? 1 : 0) | (flaws ? 2 : 0))
            hasher.combine(item.asOf)
            if item.state == .fresh, !flaws { continue }
            hasher.combine(item.state)
            hasher.combine(item.reason)
            hasher.combine(item.retryAt)
            hasher.combine(item.upstreamRequestID)
            hasher.combine(item.dropped)
            hasher.combine(item.repaired)
        }
        self.init(high: Self.process, low: UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
