import CCE
import Locking
import Logging
import Platform
import ReleaseModel
import Telemetry
import Timing

/// The releases of all clusters, kept fresh: the write arm's end and the read arm's beginning.
///
/// `run` asks clusters when they are due or a reader wants them; `current` is the newest snapshot. Everything it knows
/// is in one `InventoryState` behind one lock, which is held for a walk over the clusters at most.
package final class Inventory: Sendable {
    let config: InventoryConfig
    let limits: CallLimits
    let lister: any ReleaseLister
    let shower: any ReleaseShower
    let gates: CredentialGates
    let time: any TimeSource
    let metrics: UpstreamMetrics?
    let tracer: Tracer
    private let readers: WorkPool?
    private let standstills: @Sendable () -> Int
    private let logger: Logger
    private let state: Lock<InventoryState>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - gates: shared with whoever else calls the cloud with the same credentials.
    ///   - standstills: how often the process stood still so far: what it failed at meanwhile is held against nobody.
    ///   - readers: where answers are read; nil: on the task that made the call.
    ///   - endpoint: the origin of a cluster's region, `https://cce.cn-north-4.myhuaweicloud.com`; nil when it has none.
    package init(
        config: InventoryConfig, limits: CallLimits, lister: any ReleaseLister, shower: any ReleaseShower,
        gates: CredentialGates, standstills: @escaping @Sendable () -> Int = { 0 }, readers: WorkPool? = nil,
        endpoint: @escaping @Sendable (Cluster) -> String?,
        time: any TimeSource, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        metrics: UpstreamMetrics? = nil, tracer: Tracer = .off, logger: Logger
    ) {
        self.config = config
        self.limits = limits
        self.lister = lister
        self.shower = shower
        self.gates = gates
        self.standstills = standstills
        self.time = time
        self.metrics = metrics
        self.tracer = tracer
        self.readers = readers
        self.logger = logger
        state = Lock(
            InventoryState(
                config: config, limits: limits, gates: gates, endpoint: endpoint, random: random, now: time.uptime))
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The newest snapshot; nil until the first set of clusters has come. Any thread.
    package var current: Snapshot? {
        let now = Now(time)
        return state.withLock { $0.hasClusters ? $0.tables[0].snapshot(now: now, gaps: $0.gaps) : nil }
    }
    /// Sources of clusters of which not everything is known; those of `current`, which may not be there yet. Any thread.
    package var gaps: [DiscoveryGap] { state.withLock { $0.gaps } }

    /// Takes the full set of clusters as it is now, where that is known, and what is not; the first of an id given twice
    /// counts. Any thread.
    package func update(_ clusters: [Cluster]?, gaps: [DiscoveryGap] = []) {
        guard let clusters else { return state.withLock { $0.gaps = gaps } }
        var sorted: [Cluster] = []
        for cluster in clusters.sorted(by: { $0.id < $1.id }) where sorted.last?.id != cluster.id {
            sorted.append(cluster)
        }
        perform { [sorted] state, now, effects in
            state.gaps = gaps
            state.update(sorted, now: now, &effects)
        }
    }

    /// A key has been replaced: a credential that was refused is tried at once.
    package func credentialsChanged() { wake.yield() }

    /// Calls the cloud until the task is cancelled, then lets go of all who wait. Once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            wake.yield()
            for await _ in wakes {
                let (orders, alarm) = startable()
                for order in orders { group.addTask { await self.work(order) } }
                if let alarm {
                    group.addTask {
                        try? await self.time.sleep(until: alarm)
                        self.state.withLock { $0.disarm(alarm) }
                        self.wake.yield()
                    }
                }
            }
            group.cancelAll()
        }
        perform { state, _, effects in state.stop(&effects) }
    }

    /// What is going on now, for metrics and tests.
    package var counts: InventoryCounts { state.withLock { InventoryCounts($0) } }

    /// How each endpoint stands that was called, by name.
    package var endpoints: [EndpointReading] { state.withLock { EndpointReading.all(of: $0) } }

    /// How each pair of an endpoint and a credential stands that was called, by name.
    package var callRates: [CallRateReading] {
        let now = Now(time)
        return state.withLock { CallRateReading.all(of: $0, now: now) }
    }
    /// What slows down calls to each of these clusters; nil: nothing does.
    package func throttling(of clusters: [Cluster]) -> [Throttling?] {
        let now = Now(time)
        return state.withLock { state in clusters.map { state.throttling(of: $0, now: now) } }
    }

    /// From now on no more than so many compressed bytes of heavy fields are held; what is above goes now, the largest
    /// parts' first. Any thread; some milliseconds for each thousand clusters.
    package func limitHeavyBytes(to budget: Int) {
        lighten(
            perform { state, _, effects in
                state.limits.heavyBytesBudget = budget
                state.shedIfOverBudget(&effects)
                return effects.sheds
            })
    }

    // MARK: - Calls

    /// All calls that may start now, and the moment to wake at.
    private func startable() -> (orders: [InventoryState.Order], alarm: Duration?) {
        perform { state, now, effects in
            state.tick(now: now, &effects)
            var orders: [InventoryState.Order] = []
            while let order = state.nextOrder(now: now, &effects) { orders.append(order) }
            // Everything startable is started and the alarm is set: nothing above needs another turn.
            effects.wakes = false
            return (orders, state.arm())
        }
    }

    /// Makes one call after another on one task while there are any: no task is made and no turn taken for each.
    ///
    /// A call's place is free for the next as soon as its answer has arrived: answers are read behind the calls, not
    /// between them, or each wave of a fan-out would wait until all of the wave before it is read.
    private func work(_ first: InventoryState.Order) async {
        var next: InventoryState.Order? = first
        while let order = next {
            // What nobody asked for begins a trace of its own.
            let refresh = order.origin == nil ? tracer.span("refresh", under: nil) : nil
            let origin = order.origin ?? refresh.map { CallOrigin(requestID: nil, trace: $0.context) }
            let (outcome, startedAt) = await attempt(order, for: origin)
            let isCancelled = Task.isCancelled
            let ended = Ended(order: order, startedAt: startedAt, origin: origin, refresh: refresh)
            switch outcome {
            case .success(let unread):
                next = perform { state, now, effects in
                    state.arrived(order)
                    return isCancelled ? nil : state.nextOrder(now: now, &effects)
                }
                let reading: @Sendable () -> Void = { [self] in read(unread, of: ended) }
                // Refused: as many wait as may, and whoever brings more has to read it himself.
                if readers?.submit(reading) != true { reading() }
            case .failure(let failure):
                perform { state, _, _ in state.arrived(order) }
                publish(.failure(failure), of: ended)
                next = perform { state, now, effects in
                    state.forgetReading()
                    return isCancelled ? nil : state.nextOrder(now: now, &effects)
                }
            }
        }
    }

    /// A call that has ended, and what its trace needs.
    private struct Ended: Sendable {
        let order: InventoryState.Order
        /// When its last attempt began.
        let startedAt: Duration
        let origin: CallOrigin?
        /// Of a trace that began with it.
        let refresh: Span?
    }

    /// Reads an answer and takes over what it says. On a thread of `readers`, where it may outlive `run`: then it
    /// changes nothing.
    private func read(_ unread: UnreadReleases, of ended: Ended) {
        defer { perform { state, _, _ in state.forgetReading() } }
        if state.withLock({ $0.isStopped }) { return }
        do throws(CallFailure) {
            let listed = try unread.read { part(heldFor: ended.order) }
            guard case .part(let part) = listed.content, !part.isHeavyMade else {
                return publish(.success(listed), of: ended)
            }
            let bytes = part.rawByteCount
            guard readers != nil, perform({ state, _, _ in state.admit(rawBytes: bytes) }) else {
                _ = part.heavy
                return publish(.success(listed), of: ended)
            }
            publish(.success(listed), of: ended)
            let unmade = InventoryState.Unmade(part: part, rawBytes: bytes, order: ended.order)
            perform { state, _, _ in state.unmade.append(unmade) }
        } catch {
            publish(.failure(error), of: ended)
        }
    }

    /// Masks and compresses the heavy fields of a part that is published already.
    private func make(_ unmade: InventoryState.Unmade) {
        _ = unmade.part.heavy
        lighten(
            perform { state, _, effects in
                state.made(unmade, &effects)
                return effects.sheds
            })
    }
    /// What the pool has no place for stays for the next turn.
    private func handOver(_ unmade: [InventoryState.Unmade]) {
        let refused = unmade.drop { unmade in
            readers?.submit({ [self] in make(unmade) }, .idle) == true
        }
        if !refused.isEmpty { state.withLock { $0.unmade += refused } }
    }
    private func lighten(_ sheds: [InventoryState.Shed]) {
        for shed in sheds {
            let light = shed.part.withoutHeavyFields()
            perform { state, _, _ in state.replace(shed, with: light) }
        }
    }

    /// Takes over what a call came to.
    private func publish(_ outcome: Result<ListedReleases, CallFailure>, of ended: Ended) {
        var heavyByteCount = 0
        if case .success(let listed) = outcome, case .part(let part) = listed.content {
            heavyByteCount = part.heavyByteCount
        }
        let span = tracer.child("publish", of: ended.origin?.trace)
        let sheds = perform { [heavyByteCount] state, now, effects in
            state.complete(
                ended.order, outcome, startedAt: ended.startedAt, heavyByteCount: heavyByteCount, now: now, &effects)
            return effects.sheds
        }
        tracer.end(span, [("cluster", .text(ended.order.target.cluster.id.text))])
        tracer.end(ended.refresh, [("cluster", .text(ended.order.target.cluster.id.text))])
        lighten(sheds)
    }

    /// The rows held now of the cluster that was asked.
    private func part(heldFor order: InventoryState.Order) -> ClusterPart? {
        state.withLock { $0.part(heldFor: order) }
    }

    /// Changes the state under the lock, then does outside what came of it.
    @discardableResult
    func perform<Result: Sendable>(
        _ change: (inout InventoryState, Now, inout InventoryState.Effects) -> Result
    ) -> Result {
        let now = Now(time, standstills: standstills())
        let (result, effects) = state.withLock { state in
            var effects = InventoryState.Effects()
            let result = change(&state, now, &effects)
            state.handOverUnmade(&effects)
            return (result, effects)
        }
        for reader in effects.readers { reader.resume() }
        for (guest, turn) in effects.guests { guest.resume(returning: turn) }
        if effects.wakes { wake.yield() }
        if !effects.unmade.isEmpty { handOver(effects.unmade) }
        for event in effects.events { log(event) }
        return result
    }

    private func log(_ event: InventoryState.Event) {
        switch event {
        case .failing(let id, let failure):
            logger.warning(
                "cluster fails",
                metadata: [
                    "cluster": "\(id)", "reason": "\(failure.reason.rawValue)",
                    "upstream_request_id": "\(failure.upstreamRequestID ?? "")",
                ])
            // What the cloud wrote, scrubbed: for who looks for the cause, not for every log.
            logger.debug(
                "what the cloud said",
                metadata: [
                    "cluster": "\(id)", "status": "\(failure.status ?? 0)", "code": "\(failure.code ?? "")",
                    "detail": "\(failure.detail)",
                ])
        case .recovered(let id, let failures):
            logger.info("cluster answers again", metadata: ["cluster": "\(id)", "failures": "\(failures)"])
        case .gone(let id):
            logger.warning("cluster is gone, its rows are dropped", metadata: ["cluster": "\(id)"])
        case .credentialRefused(let name):
            logger.error("credential is refused", metadata: ["credential": "\(name)"])
        case .credentialAccepted(let name):
            logger.info("credential is accepted", metadata: ["credential": "\(name)"])
        case .endpointFails(let endpoint, let failure):
            logger.warning(
                "endpoint fails, calls to it stop",
                metadata: ["endpoint": "\(endpoint)", "reason": "\(failure.reason.rawValue)"])
        case .throttled(let endpoint, let credential):
            logger.warning(
                "calls are throttled, fewer are made",
                metadata: ["endpoint": "\(endpoint)", "credential": "\(credential)"])
        case .endpointAnswers(let endpoint):
            logger.info("endpoint answers again", metadata: ["endpoint": "\(endpoint)"])
        case .clockCorrected(let endpoint, let offset):
            logger.warning(
                "our clock is wrong, the cloud's time is signed",
                metadata: ["endpoint": "\(endpoint)", "offset_seconds": "\(offset.components.seconds)"])
        }
    }
}
