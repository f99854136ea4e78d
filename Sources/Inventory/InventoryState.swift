import CCE
import JSON
import ReleaseModel
import Telemetry
import Timing

/// The whole inventory as plain data: every verb changes it and says in `Effects` what is to be done outside the lock.
///
/// `run` and the readers share it behind one lock; no verb takes longer than a walk over the clusters.
struct InventoryState: Sendable {
    /// One call to make: whom to ask, and what to give back with the answer.
    struct Order: Sendable {
        let target: CallTarget
        let chartID: String?
        let bodyHash: TextHash?
        let started: Now
        var startedAt: Duration { started.uptime }
        fileprivate(set) var lane: Int
        let permit: CredentialGates.Permit
        /// Whose request it is made for; nil: nobody's.
        let origin: CallOrigin?
        let table: Int
        let serial: Int
        let epoch: Int
    }
    enum Waiter: Sendable {
        case reader(CheckedContinuation<Void, Never>)
        case guest(CheckedContinuation<GuestTurn, Never>, Guest)
    }
    enum Event: Sendable, Equatable {
        case failing(ClusterID, CallFailure)
        case recovered(ClusterID, failures: Int)
        case gone(ClusterID)
        case credentialRefused(String)
        case credentialAccepted(String)
        case endpointFails(String, CallFailure)
        case endpointAnswers(String)
        case throttled(endpoint: String, credential: String)
        /// Calls to the endpoint were refused for our clock, which is so far behind its; from now on its time is signed.
        case clockCorrected(String, offset: Duration)
    }
    /// What the holder of the lock does after letting go of it.
    struct Effects: Sendable {
        var readers: [CheckedContinuation<Void, Never>] = []
        var guests: [(CheckedContinuation<GuestTurn, Never>, GuestTurn)] = []
        var events: [Event] = []
        /// More may start now, or an earlier moment than the armed ones matters.
        var wakes = false
        var sheds: [Shed] = []
        /// To be made when nothing else is to do.
        var unmade: [Unmade] = []
    }

    static let chartLimit = 8

    let config: InventoryConfig
    var limits: CallLimits
    let pacing: Pacing
    let gates: CredentialGates
    let endpoint: @Sendable (Cluster) -> String?
    var random: any RandomNumberGenerator & Sendable

    /// The plain table first, then those of charts; a chart's place stays when it is let go, and is taken again.
    var tables: [ClusterTable]
    var slots: [ClusterID: Int] = [:]
    var scheduler: CallScheduler
    /// Calls that have ended and whose outcome is not taken over yet.
    private(set) var reading = 0
    /// Bytes of heavy fields that are published and still to be masked and compressed.
    var rawBytes = 0
    /// Of these, what is not handed over yet.
    var unmade: [Unmade] = []
    var room = WaitRoom()
    var waiters: [Int: Waiter] = [:]
    var lastWaiter = 0
    var hasClusters = false
    /// Sources of clusters of which not everything is known.
    var gaps: [DiscoveryGap] = []
    var isStopped = false
    var lastEpoch = 0
    var lastSerial = 0
    /// The moments of the background calls to come.
    var calendar: RefreshCalendar
    /// No background call is due before; a lower bound.
    var nextDue: Duration?
    /// No rows reach `staleLimit` before; a lower bound.
    var nextExpiry: Duration?
    /// Refused credentials all of whose queued records say so.
    var held: Set<String> = []
    /// By origin, those that were called.
    var endpoints: [String: EndpointState] = [:]
    /// Of clusters that failed lately.
    var clusterBreakers: [ClusterID: Breaker] = [:]
    /// When a credential, an endpoint or a rate that holds calls back lets one start.
    var nextAdmission: Duration?
    /// When sleeping children of `run` will wake it.
    var armed: [Duration] = []
    /// Those that were made up for.
    var standstills = 0

    init(
        config: InventoryConfig, limits: CallLimits, gates: CredentialGates,
        endpoint: @escaping @Sendable (Cluster) -> String?, random: any RandomNumberGenerator & Sendable, now: Duration
    ) {
        self.config = config
        self.limits = limits
        self.gates = gates
        self.endpoint = endpoint
        var random = random
        calendar = RefreshCalendar(clusters: 0, refreshInterval: config.refreshInterval, using: &random)
        self.random = random
        pacing = Pacing(refreshInterval: config.refreshInterval, minRefreshInterval: config.minRefreshInterval)
        scheduler = CallScheduler(
            maxInFlight: limits.maxInFlight, maxInFlightPerOrigin: limits.maxInFlightPerHost,
            maxCallsPerSecond: limits.maxCallsPerSecond)
        tables = [ClusterTable(chartID: nil, serial: 0, records: [], now: now)]
    }

    // MARK: - Calls

    /// Takes the next call that may start; nil when none may.
    mutating func nextOrder(now: Now, _ effects: inout Effects) -> Order? {
        guard !isStopped else { return nil }
        var blocked = CallScheduler.Blocked()
        while let taken = scheduler.take(except: blocked, now: now.uptime) {
            if case .job(let job, let urgency) = taken.work, !tables.isQueued(job, urgency) { continue }
            let endpoint = scheduler.endpoint(of: taken.lane)
            if let until = holdUntil(endpoint: endpoint, now: now) {
                scheduler.putBack(taken)
                blocked.endpoints.insert(endpoint)
                wake(at: until, &effects)
                continue
            }
            let pick = isProbing(endpoint) ? probe(insteadOf: taken, except: blocked, now: now) : taken
            if let cluster = cluster(of: pick), let until = holdUntil(cluster: cluster, now: now) {
                putOff(pick, until: until, now: now, &effects)
                continue
            }
            let credential = scheduler.credential(of: pick.lane)
            switch gates.admit(credential, now: now.uptime) {
            case .hold(let until, let verdict):
                scheduler.putBack(pick)
                blocked.credentials.insert(credential)
                wake(at: until, &effects)
                if verdict == .refused, !held.contains(credential) { holdBack(credential, now: now, &effects) }
            case .unknown(let detail):
                giveUp(pick, .unauthorized, detail, now: now, &effects)
            case .go(let permit):
                scheduler.started(lane: pick.lane, now: now.uptime)
                switch pick.work {
                case .guest(let guest): admit(guest: guest, lane: pick.lane, permit: permit, now: now, &effects)
                case .job(let job, _): return order(job, lane: pick.lane, permit: permit, now: now)
                }
            }
        }
        if let moment = scheduler.nextStart(except: blocked, now: now.uptime) { wake(at: moment, &effects) }
        return nil
    }

    /// A call has ended, and what it brought is still to be read and taken over: its place is free, while its cluster is
    /// not asked again before that.
    mutating func arrived(_ order: Order) {
        scheduler.ended(lane: order.lane)
        reading += 1
    }
    /// What a call brought has been taken over, or will not be.
    mutating func forgetReading() { reading -= 1 }

    /// What a call came to, its place having been left. `startedAt` is when its last attempt began, `heavyByteCount`
    /// that of the part it brought, if it did.
    mutating func complete(
        _ order: Order, _ outcome: Result<ListedReleases, CallFailure>, startedAt: Duration, heavyByteCount: Int,
        now: Now, _ effects: inout Effects
    ) {
        let outcome = outcome.mapError { $0.excused(from: order.started, to: now) }
        let failure: CallFailure? = if case .failure(let failure) = outcome { failure } else { nil }
        pace(failure, lane: order.lane, startedAt: startedAt, now: now, &effects)
        let isToBeMadeAnew = report(
            failure, of: order.permit, endpoint: order.target.endpoint, now: now, &effects)
        weigh(
            failure, of: order.target.cluster.id, at: order.target.endpoint, startedAt: order.startedAt, now: now,
            &effects)
        guard let (table, slot) = place(table: order.table, serial: order.serial, order.target.cluster.id, order.epoch)
        else { return }
        tables[table].unfinished -= 1
        switch outcome {
        case .success(let listed):
            succeed(listed, order, table, slot, heavyByteCount, now, &effects)
        case .failure where isToBeMadeAnew:
            tables[table].change(slot) { $0.phase = .idle }
            admitAnew(table, slot, now: now, &effects)
        case .failure(let failure) where failure.isCancelled:
            tables[table].change(slot) { $0.phase = .idle }
            tryAgainSoon(table, slot, now: now, &effects)
        case .failure(let failure):
            fail(failure, table, slot, startedAt: startedAt, now, &effects)
        }
        shedIfOverBudget(&effects)
    }

    /// The rows held now of the cluster that was asked. Looked up late, so that no call keeps alive what is let go.
    func part(heldFor order: Order) -> ClusterPart? {
        guard let (table, slot) = place(table: order.table, serial: order.serial, order.target.cluster.id, order.epoch)
        else { return nil }
        return tables[table].records[slot].part
    }

    // MARK: - Queueing

    /// Queues a call for a record, or says at once why there can be none.
    mutating func enqueue(
        _ table: Int, _ slot: Int, _ urgency: CallScheduler.Urgency, now: Now, _ effects: inout Effects
    ) {
        let record = tables[table].records[slot]
        switch record.phase {
        case .running: return
        case .queued(let present):
            guard present == .background, urgency == .demand else { return }
        case .idle: tables[table].unfinished += 1
        }
        if let due = record.dueAt { calendar.free(due) }
        tables[table].change(slot) {
            $0.phase = .queued(urgency)
            $0.dueAt = nil
        }
        guard let endpoint = endpoint(record.cluster) else {
            giveUp(table, slot, .rejected, "no endpoint is known for its region", now: now, &effects)
            return
        }
        if held.contains(record.cluster.credential) { holdBack(table, slot, now: now, &effects) }
        // A chart's call is not kept for when its credential is good again.
        guard tables[table].records[slot].phase == .queued(urgency) else { return }
        let lane = scheduler.lane(endpoint: endpoint, credential: record.cluster.credential)
        scheduler.enqueue(CallScheduler.Job(table: table, slot: slot), urgency, lane: lane)
        effects.wakes = true
    }

    /// Settles the waiters of one record whose threshold `sentAt` meets (all, when nil).
    mutating func settle(_ table: Int, _ slot: Int, sentAt: Duration?, _ effects: inout Effects) {
        let waiting = tables[table].records[slot].waiting
        guard !waiting.isEmpty else { return }
        var kept: [Int] = []
        for group in waiting {
            guard let threshold = room.groups[group]?.threshold else { continue }
            if let sentAt, sentAt < threshold {
                kept.append(group)
            } else {
                for waiter in room.settleOne(of: group) { resume(waiter, &effects) }
            }
        }
        tables[table].changeHidden(slot) { $0.waiting = kept }
    }

    /// Resumes a waiter whose wait is over; a guest gets no turn.
    mutating func resume(_ waiter: Int, _ effects: inout Effects) {
        switch waiters.removeValue(forKey: waiter) {
        case .reader(let continuation): effects.readers.append(continuation)
        case .guest(let continuation, _): effects.guests.append((continuation, .refused(.timeout)))
        case nil: break
        }
    }

    // MARK: -

    /// Where an answer belongs now; nil when its record is no more.
    func place(table: Int, serial: Int, _ id: ClusterID, _ epoch: Int) -> (table: Int, slot: Int)? {
        guard table < tables.count, tables[table].serial == serial, let slot = slots[id],
            slot < tables[table].records.count, tables[table].records[slot].epoch == epoch
        else { return nil }
        return (table, slot)
    }

    private mutating func order(
        _ job: CallScheduler.Job, lane: Int, permit: CredentialGates.Permit, now: Now
    ) -> Order {
        let record = tables[job.table].records[job.slot]
        let endpoint = scheduler.endpoint(of: lane)
        endpoints[endpoint, default: EndpointState()].retries.noteCall()
        noteStart(to: record.cluster.id, at: endpoint, now: now)
        let holds = holds(on: record.cluster, now: now)
        tables[job.table].change(job.slot) {
            $0.holds = holds
            $0.phase = .running(since: now.uptime)
            $0.heldUntil = nil
            $0.origin = nil
        }
        return Order(
            target: CallTarget(cluster: record.cluster, endpoint: endpoint, key: permit.key),
            chartID: tables[job.table].chartID, bodyHash: knownHash(of: record), started: now, lane: lane,
            permit: permit, origin: record.origin, table: job.table, serial: tables[job.table].serial,
            epoch: record.epoch)
    }

    private mutating func succeed(
        _ listed: ListedReleases, _ order: Order, _ table: Int, _ slot: Int, _ heavyByteCount: Int, _ now: Now,
        _ effects: inout Effects
    ) {
        let failures = tables[table].records[slot].failuresInRow
        let isUsed = tables[table].change(slot) {
            $0.phase = .idle
            return $0.succeed(listed, askedWith: order.bodyHash, heavyByteCount: heavyByteCount)
        }
        guard isUsed else {
            tryAgainSoon(table, slot, now: now, &effects)
            return
        }
        if failures > 0, table == 0 { effects.events.append(.recovered(order.target.cluster.id, failures: failures)) }
        settle(table, slot, sentAt: listed.sentUptime, &effects)
        let expiry = listed.sentUptime + config.staleLimit
        nextExpiry = min(nextExpiry ?? expiry, expiry)
        let record = tables[table].records[slot]
        tables[table].changeHidden(slot) { $0.wasSpread = true }
        let due =
            listed.sentUptime
            + pacing.afterSuccess(isFirst: !record.wasSpread, sooner: record.soonerCalls, using: &random)
        requeue(table, slot, at: due, now: now, &effects)
    }

    private mutating func fail(
        _ failure: CallFailure, _ table: Int, _ slot: Int, startedAt: Duration, _ now: Now, _ effects: inout Effects
    ) {
        let before = tables[table].records[slot]
        let pause = startedAt + pacing.onDemandAfterFailure(retryAfter: failure.retryAfter)
        let floor = max(pause, before.holds.cluster?.until ?? pause)
        tables[table].change(slot) {
            $0.phase = .idle
            $0.heldUntil = nil
            $0.fail(failure, startedAt: startedAt, now: now)
            $0.floor = floor
        }
        let record = tables[table].records[slot]
        if table == 0 {
            if before.failuresInRow == 0, !failure.action.slowsDown {
                effects.events.append(.failing(record.cluster.id, failure))
            }
            if before.part != nil, record.part == nil { effects.events.append(.gone(record.cluster.id)) }
        }
        // Who asked after this call had started wants a later one, if there may be one now.
        settle(table, slot, sentAt: now.uptime < floor ? nil : startedAt, &effects)
        var due =
            startedAt
            + pacing.afterFailure(count: record.failuresInRow, retryAfter: failure.retryAfter, using: &random)
        if failure.status == 401, let refusal = refusal(of: record.cluster.credential, now: now) {
            due = refusal.until  // as a probe
        }
        requeue(table, slot, at: max(due, floor), now: now, &effects)
    }

    /// After a call: at once for those who still wait, else when it is due.
    private mutating func requeue(
        _ table: Int, _ slot: Int, at due: Duration, now: Now, _ effects: inout Effects
    ) {
        if tables[table].records[slot].waiting.isEmpty {
            if table == 0 { schedule(slot, at: due, &effects) }
        } else {
            enqueue(table, slot, .demand, now: now, &effects)
        }
    }

    /// Nothing was sent, since the key was replaced, or signed with a wrong time: whoever waits goes on waiting for the
    /// same call as it should be.
    private mutating func admitAnew(_ table: Int, _ slot: Int, now: Now, _ effects: inout Effects) {
        let record = tables[table].records[slot]
        guard record.cluster.skip == nil else { return }
        let isBackground = table == 0 && record.waiting.isEmpty
        enqueue(table, slot, isBackground ? .background : .demand, now: now, &effects)
    }

    /// Nothing was learned. Whoever waits goes on waiting, but not in a loop of calls that end at once.
    private mutating func tryAgainSoon(_ table: Int, _ slot: Int, now: Now, _ effects: inout Effects) {
        if table == 0 {
            schedule(slot, at: soon(now), isExact: true, &effects)
        } else {
            settle(table, slot, sentAt: nil, &effects)
        }
    }

    /// Ends a call that cannot be made.
    private mutating func giveUp(
        _ pick: CallScheduler.Pick, _ kind: FailureKind, _ detail: String, now: Now, _ effects: inout Effects
    ) {
        switch pick.work {
        case .job(let job, _): giveUp(job.table, job.slot, kind, detail, now: now, &effects)
        case .guest(let guest): turnAway(guest: guest, kind.reason, detail: detail, &effects)
        }
    }
    private mutating func giveUp(
        _ table: Int, _ slot: Int, _ kind: FailureKind, _ detail: String, now: Now, _ effects: inout Effects
    ) {
        tables[table].unfinished -= 1
        fail(CallFailure(kind, detail: detail), table, slot, startedAt: now.uptime, now, &effects)
    }
}
