import CCE
import ReleaseModel

/// Failure domains (design: facts of the cloud): the credential has its gate, the endpoint and the cluster have breakers.
///
/// A cluster's breaker holds back that cluster alone. That of an endpoint holds back all clusters behind it; their rows
/// stay and stay fresh until they are too old, and they are told to be `circuit_open` only where no failure of their
/// own says more.
extension InventoryState {
    /// After an endpoint's return, the clusters that were not asked are within this time, each at its own moment.
    static let recoverySpread: Duration = .seconds(2)

    // MARK: - Before a call

    /// Until when no call to that endpoint may start; nil when one may.
    func holdUntil(endpoint: String, now: Now) -> Duration? {
        endpoints[endpoint]?.breaker.holdUntil(now: now.uptime, timeout: limits.timeout)
    }
    func holdUntil(cluster: ClusterID, now: Now) -> Duration? {
        clusterBreakers[cluster]?.holdUntil(now: now.uptime, timeout: limits.timeout)
    }
    /// The endpoint's breaker is not closed: the next call is a probe.
    func isProbing(_ endpoint: String) -> Bool { endpoints[endpoint]?.breaker.isClosed == false }

    /// A call starts.
    ///
    /// - Parameter cluster: nil: it is about none in particular.
    mutating func noteStart(to cluster: ClusterID?, at endpoint: String, now: Now) {
        if endpoints[endpoint, default: EndpointState()].breaker.start(now: now.uptime) {
            showCircuit(ofEndpoint: endpoint, now: now)
        }
        if let cluster, clusterBreakers[cluster]?.start(now: now.uptime) == true { showCircuit(of: cluster, now: now) }
    }

    /// The moment at which calls that are held back may be made.
    mutating func wake(at moment: Duration, _ effects: inout Effects) {
        nextAdmission = min(nextAdmission ?? moment, moment)
        if armed.first.map({ moment < $0 }) ?? true { effects.wakes = true }
    }
    func cluster(of pick: CallScheduler.Pick) -> ClusterID? {
        switch pick.work {
        case .job(let job, _): return tables[job.table].records[job.slot].cluster.id
        case .guest(let guest):
            guard case .guest(_, let guest) = waiters[guest] else { return nil }
            return guest.cluster?.id
        }
    }
    /// One call decides for all behind an endpoint: it goes to a cluster that did not fail by itself, where one waits.
    mutating func probe(
        insteadOf pick: CallScheduler.Pick, except blocked: CallScheduler.Blocked, now: Now
    ) -> CallScheduler.Pick {
        guard case .job(let job, _) = pick.work, tables[job.table].records[job.slot].failure != nil else { return pick }
        let better = scheduler.take(sameEndpointAs: pick, except: blocked, now: now.uptime) { [tables] job, urgency in
            tables.isQueued(job, urgency) && tables[job.table].records[job.slot].failure == nil
        }
        guard let better else { return pick }
        scheduler.putBack(pick)
        return better
    }

    /// What holds back calls to a cluster now; the wider one first.
    func holds(on cluster: Cluster, now: Now) -> ClusterRecord.Holds {
        ClusterRecord.Holds(
            endpoint: endpoint(cluster).flatMap { endpoints[$0] }.flatMap {
                CircuitHold($0.breaker, .endpoint, now: now.uptime, timeout: limits.timeout)
            },
            cluster: clusterBreakers[cluster.id].flatMap {
                CircuitHold($0, .cluster, now: now.uptime, timeout: limits.timeout)
            })
    }

    // MARK: - After it

    /// Weighs what an attempt shows of the cluster and of the endpoint.
    ///
    /// - Parameters:
    ///   - cluster: nil: the call was about none in particular.
    ///   - startedAt: when the call was admitted.
    mutating func weigh(
        _ failure: CallFailure?, of cluster: ClusterID?, at endpoint: String, startedAt: Duration, now: Now,
        _ effects: inout Effects
    ) {
        let evidence = failure?.action.evidence ?? .answered
        // While its breaker is not closed the cluster's failures are explained.
        let isExplained = cluster.map { clusterBreakers[$0]?.isClosed == false } ?? false
        if let cluster {
            weigh(evidence.ofCluster, of: cluster, at: endpoint, startedAt: startedAt, now: now, &effects)
        }

        var state = endpoints[endpoint, default: EndpointState()]
        if evidence == .answered { state.lastAnswered = max(state.lastAnswered ?? startedAt, startedAt) }
        var sign = evidence.ofEndpoint
        if sign == .doubtful {
            // A call that was started later has been answered since: that this one was not is its cluster's doing.
            let isOldNews = failure?.kind == .timeout && state.lastAnswered.map { $0 > startedAt } ?? false
            if isExplained || isOldNews { sign = .none }
        }
        let wasOpenSince = state.breaker.openSince
        let hasChanged = state.breaker.report(sign, startedAt: startedAt, now: now.uptime, using: &random)
        guard hasChanged else {
            endpoints[endpoint] = state
            return
        }
        if wasOpenSince == nil { state.timesOpened += 1 }
        endpoints[endpoint] = state
        showCircuit(ofEndpoint: endpoint, now: now)
        switch state.breaker.state {
        case .closed:
            effects.events.append(.endpointAnswers(endpoint))
            if let wasOpenSince { recover(endpoint, since: wasOpenSince, now: now, &effects) }
        case .open:
            if wasOpenSince == nil, let failure { effects.events.append(.endpointFails(endpoint, failure)) }
            standDown(endpoint, &effects)
        case .halfOpen: break
        }
        effects.wakes = true
    }

    private mutating func weigh(
        _ sign: Breaker.Sign, of cluster: ClusterID, at endpoint: String, startedAt: Duration, now: Now,
        _ effects: inout Effects
    ) {
        // Most clusters never fail; those have none.
        guard slots[cluster] != nil,
            var breaker = clusterBreakers[cluster] ?? (sign == .bad ? Breaker(.cluster) : nil)
        else { return }
        let wasClosed = breaker.isClosed
        let hasChanged = breaker.report(sign, startedAt: startedAt, now: now.uptime, using: &random)
        clusterBreakers[cluster] = breaker.isIdle(now: now.uptime) ? nil : breaker
        guard hasChanged else { return }
        if wasClosed { endpoints[endpoint, default: EndpointState()].clusterTimesOpened += 1 }
        showCircuit(of: cluster, now: now)
    }

    /// True when that call may be made once more at once; its failure is weighed, and the retry counted.
    mutating func takeRetry(
        of order: Order, after failure: CallFailure, now: Now, _ effects: inout Effects
    ) -> Bool {
        let (cluster, endpoint) = (order.target.cluster.id, order.target.endpoint)
        guard areClosed(cluster, endpoint), endpoints[endpoint]?.retries.take() ?? false,
            scheduler.takeRetry(lane: order.lane, now: now.uptime)
        else { return false }
        weigh(
            failure.excused(from: order.started, to: now), of: cluster, at: endpoint, startedAt: order.startedAt,
            now: now, &effects)
        // If that opened one, the call's end says nothing more to it.
        return areClosed(cluster, endpoint)
    }
    private func areClosed(_ cluster: ClusterID, _ endpoint: String) -> Bool {
        !isProbing(endpoint) && clusterBreakers[cluster]?.isClosed ?? true
    }

    // MARK: - What is told, and who waits

    private mutating func showCircuit(of cluster: ClusterID, now: Now) {
        guard let slot = slots[cluster] else { return }
        for table in tables.indices where slot < tables[table].records.count {
            let holds = holds(on: tables[table].records[slot].cluster, now: now)
            tables[table].change(slot) { $0.holds = holds }
        }
    }
    private mutating func showCircuit(ofEndpoint endpoint: String, now: Now) {
        let hold = endpoints[endpoint].flatMap {
            CircuitHold($0.breaker, .endpoint, now: now.uptime, timeout: limits.timeout)
        }
        for (table, slot) in places(at: endpoint) { tables[table].change(slot) { $0.holds.endpoint = hold } }
    }

    /// Nobody waits for calls that are not made.
    private mutating func standDown(_ endpoint: String, _ effects: inout Effects) {
        for (table, slot) in places(at: endpoint) {
            guard case .queued = tables[table].records[slot].phase else { continue }
            settle(table, slot, sentAt: nil, &effects)
            // Left queued, a chart's call would be a fan-out that runs, and keep every other chart out.
            if table > 0 { withdraw(table, slot) }
        }
        scheduler.removeDemand(atEndpoint: endpoint) { $0.table > 0 }
        for (id, waiter) in waiters {
            guard case .guest(_, let guest) = waiter, guest.endpoint == endpoint else { continue }
            scheduler.remove(guest: id)
            turnAway(guest: id, .circuitOpen, &effects)
        }
    }

    /// The endpoint is back: whoever could not be asked, or failed with it, is asked soon, and not all at once.
    private mutating func recover(
        _ endpoint: String, since: Duration, now: Now, _ effects: inout Effects
    ) {
        for (table, slot) in places(at: endpoint) where table == 0 {
            let record = tables[0].records[slot]
            let due = now.uptime + Self.recoverySpread * Double.random(in: 0...1, using: &random)
            switch record.phase {
            case .running: continue
            case .queued:
                guard record.waiting.isEmpty, record.heldUntil == nil else { continue }
                withdraw(0, slot)
            case .idle:
                guard let failure = record.failure, Self.isOfOutage(failure.reason),
                    failure.atUptime >= since - .seconds(10)
                else { continue }
            }
            tables[0].change(slot) { $0.floor = nil }
            schedule(slot, at: max(due, record.holds.cluster?.until ?? due), isExact: true, &effects)
        }
    }
    private static func isOfOutage(_ reason: Reason) -> Bool {
        [.network, .tls, .timeout, .upstream5xx, .invalidResponse, .tooLarge].contains(reason)
    }

    /// A call that the cluster's breaker does not let through is not made.
    mutating func putOff(_ pick: CallScheduler.Pick, until: Duration, now: Now, _ effects: inout Effects) {
        switch pick.work {
        case .guest(let guest): turnAway(guest: guest, .circuitOpen, &effects)
        case .job(let job, _):
            withdraw(job.table, job.slot)
            settle(job.table, job.slot, sentAt: nil, &effects)
            if job.table == 0 { schedule(job.slot, at: until, &effects) }
        }
    }

    /// A queued record is not queued any more; its place in the queue is void.
    mutating func withdraw(_ table: Int, _ slot: Int) {
        tables[table].change(slot) {
            $0.phase = .idle
            $0.heldUntil = nil
        }
        tables[table].unfinished -= 1
    }

    private func places(at endpoint: String) -> [(table: Int, slot: Int)] {
        tables.indices.flatMap { table in
            tables[table].records.indices.lazy
                .filter { self.endpoint(tables[table].records[$0].cluster) == endpoint }
                .map { (table, $0) }
        }
    }
}

extension FailureAction.Evidence {
    /// What fails for all clusters alike is held against none of them.
    fileprivate var ofCluster: Breaker.Sign {
        switch self {
        case .none, .endpointFails: .none
        case .answered: .good
        case .fails: .bad
        }
    }
    /// What may be one cluster's fault makes no row: five broken clusters of a thousand may well end in a row.
    fileprivate var ofEndpoint: Breaker.Sign {
        switch self {
        case .none: .none
        case .answered: .good
        case .endpointFails: .bad
        case .fails: .doubtful
        }
    }
}
