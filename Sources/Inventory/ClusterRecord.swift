import CCE
import JSON
import ReleaseModel
import Telemetry
import Timing

/// Both clocks at one moment.
struct Now: Sendable {
    let wall: Instant
    let uptime: Duration
    /// How often the process stood still so far.
    let standstills: Int
    init(_ time: some TimeSource, standstills: Int = 0) {
        wall = time.wall
        uptime = time.uptime
        self.standstills = standstills
    }
    /// The wall clock's reading at a moment of the monotonic one.
    func wall(at uptime: Duration) -> Instant { wall + (uptime - self.uptime) }
}

/// Everything known of one cluster in one table.
struct ClusterRecord: Sendable {
    enum Phase: Sendable, Equatable {
        case idle
        case queued(CallScheduler.Urgency)
        /// Since the call was handed out, which is no later than it was sent.
        case running(since: Duration)
    }

    /// Which breakers hold it back.
    struct Holds: Sendable, Equatable {
        var endpoint: CircuitHold?
        var cluster: CircuitHold?
        /// No call before; nil: they hold nothing back.
        var until: Duration? { [endpoint?.until, cluster?.until].compactMap { $0 }.max() }
        /// What is told of them: the one that ends later.
        var told: CircuitHold? {
            guard let endpoint, let cluster else { return endpoint ?? cluster }
            return cluster.until > endpoint.until ? cluster : endpoint
        }
    }

    private(set) var cluster: Cluster
    /// Differs for each record ever made: an answer to a cluster that went and came back is not its answer.
    let epoch: Int
    private(set) var part: ClusterPart?
    /// Of the body that brought `part`.
    private(set) var bodyHash: TextHash?
    private(set) var entryHash: ContentHash
    private(set) var success: Standing.Success?
    private(set) var failure: Standing.Failure?
    private(set) var failuresInRow = 0
    private var notFoundInRow = 0
    private(set) var heavyByteCount = 0
    /// What the heavy fields weighed that were let go of for want of memory; 0: all are held.
    private(set) var shedByteCount = 0
    /// How many of the next background calls come sooner, since the rows have changed of late.
    private(set) var soonerCalls = 0

    var phase = Phase.idle
    /// Queued, but its credential is refused until then.
    var heldUntil: Duration?
    var holds = Holds()
    /// The next background call; nil while queued, running or skipped, and in a chart's table.
    var dueAt: Duration?
    /// After a failure: no call before, whoever wants it.
    var floor: Duration?
    var wasSpread = false
    /// Groups of waiters, in `WaitRoom`, that wait for this cluster.
    var waiting: [Int] = []
    /// Whose request the next call is for; nil: nobody's.
    var origin: CallOrigin?
    var isDirty = false

    init(_ cluster: Cluster, epoch: Int) {
        self.cluster = cluster
        self.epoch = epoch
        entryHash = EntryHash.of(cluster, content: nil)
    }

    /// Fetched at or after `threshold`, and no later attempt failed.
    func isFresh(since threshold: Duration) -> Bool {
        guard let success, failure == nil else { return false }
        return success.sentUptime >= threshold
    }

    /// What a reader who wants rows fetched at or after `threshold` has to wait for.
    enum Need: Sendable {
        /// It has them, or will not get them: skipped, or the last failure is its answer because no call may follow it
        /// yet.
        case nothing
        /// The running call, or one more after that.
        case running, afterRunning
        case call
    }
    func need(since threshold: Duration, now: Duration) -> Need {
        guard cluster.skip == nil, !isFresh(since: threshold) else { return .nothing }
        switch phase {
        case .running(let since): return since < threshold ? .afterRunning : .running
        case .queued: return .call
        case .idle:
            if let until = holds.until, now < until { return .nothing }
            guard failure != nil, let floor, now < floor else { return .call }
            return .nothing
        }
    }
    /// Queued, and not held back.
    func isAwaitingCall(now: Duration) -> Bool {
        guard case .queued = phase, heldUntil == nil else { return false }
        return holds.until.map { $0 <= now } ?? true
    }

    func entry(now: Now) -> ClusterEntry {
        let retryAt: Duration? =
            switch phase {
            case .idle: failure == nil ? nil : dueAt
            case .queued: heldUntil
            case .running: nil
            }
        var standing = Standing(
            lastSuccess: success, lastFailure: failure, isPending: phase != .idle && heldUntil == nil,
            retryAt: retryAt.map { now.wall(at: $0) })
        if let hold = holds.told {
            standing.circuit = hold.circuit(now: now)
            if case .running = phase {
            } else {
                standing.isPending = false
                standing.retryAt = now.wall(at: max(retryAt ?? hold.until, holds.until ?? hold.until))
            }
        }
        return ClusterEntry(cluster: cluster, part: part, standing: standing, contentHash: entryHash)
    }

    // MARK: - What changes it

    mutating func rename(_ cluster: Cluster) {
        let old = self.cluster
        self.cluster = cluster
        if old.name != cluster.name || old.region != cluster.region || old.projectID != cluster.projectID
            || old.labels != cluster.labels
        {
            entryHash = EntryHash.of(cluster, content: part?.contentHash)
        }
    }

    /// False when the answer is of no use: older than what is held, or "unchanged" against something let go meanwhile.
    mutating func succeed(_ listed: ListedReleases, askedWith hash: TextHash?, heavyByteCount bytes: Int) -> Bool {
        if let success, success.sentUptime > listed.sentUptime { return false }
        switch listed.content {
        case .unchanged:
            guard part != nil, hash != nil, bodyHash == hash else { return false }
            soonerCalls = max(0, soonerCalls - 1)
        case .part(let part):
            let isChange = self.part.map { $0.contentHash != part.contentHash } ?? false
            soonerCalls = isChange ? Pacing.soonerCalls : max(0, soonerCalls - 1)
            hold(part, heavyByteCount: bytes)
        }
        bodyHash = listed.bodyHash
        success = Standing.Success(sentAt: listed.sentAt, sentUptime: listed.sentUptime)
        failure = nil
        failuresInRow = 0
        notFoundInRow = 0
        floor = nil
        return true
    }

    /// `startedAt` orders it against answers: a failure older than what is held says nothing.
    mutating func fail(_ failed: CallFailure, startedAt: Duration, now: Now) {
        if let success, success.sentUptime > startedAt { return }
        notFoundInRow = failed.action.rows == .droppedWhenRepeated ? notFoundInRow + 1 : 0
        // Too many calls are no fault of the cluster's: it is asked again in its turn.
        if !failed.action.slowsDown { failuresInRow += 1 }
        note(
            Standing.Failure(
                reason: failed.reason, at: now.wall, atUptime: now.uptime,
                upstreamRequestID: failed.upstreamRequestID, detail: failed.detail))
        // Once may be a slip of the cloud's; twice in a row the cluster is gone (design: details decided).
        if notFoundInRow >= 2 { letGo() }
    }

    /// A failure that no call of its own brought: its credential is refused.
    mutating func note(_ failure: Standing.Failure) { self.failure = failure }

    /// Drops rows that are older than `limit`. A skipped cluster's stay: it is not asked, so they are labelled anyway.
    mutating func expire(after limit: Duration, now: Now) -> Bool {
        guard let success, cluster.skip == nil, now.uptime - success.sentUptime > limit else { return false }
        letGo()
        if failure == nil {
            failure = Standing.Failure(reason: .aged, at: now.wall, atUptime: now.uptime, detail: "past staleLimit")
        }
        return true
    }

    mutating func replace(_ old: ClusterPart, withLighter part: ClusterPart) -> Bool {
        guard self.part === old else { return false }
        let bytes = heavyByteCount
        hold(part, heavyByteCount: 0)
        shedByteCount = bytes
        return true
    }

    /// What the heavy fields of `part` came to.
    mutating func weigh(_ bytes: Int) { heavyByteCount = bytes }

    private mutating func hold(_ part: ClusterPart, heavyByteCount bytes: Int) {
        if self.part?.contentHash != part.contentHash { entryHash = EntryHash.of(cluster, content: part.contentHash) }
        self.part = part
        heavyByteCount = bytes
        shedByteCount = 0
    }
    private mutating func letGo() {
        if part != nil { entryHash = EntryHash.of(cluster, content: nil) }
        part = nil
        bodyHash = nil
        success = nil
        heavyByteCount = 0
        shedByteCount = 0
    }
}
