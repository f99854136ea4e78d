import CCurl
import DequeModule
import Glibc
import Locking

/// The curl thread: takes orders, drives libcurl, hands out results, and lets the admission queue move on.
///
/// Other threads put orders into the inbox and wake it; no function of libcurl is called anywhere else.
final class CurlLoop: @unchecked Sendable {  // what is not locked belongs to the curl thread from `start` on
    private enum Order {
        case begin(Transfer)
        /// Its waiter has been settled by somebody else.
        case abort(Transfer)
    }
    private struct Inbox {
        var orders: [Order] = []
        var isStopping = false
    }
    /// As of the last change.
    struct Counts: Equatable {
        var transfers = 0
        var idleHandles = 0
        var paused = 0
        /// Lookups and connections since the start.
        var lookups = 0
        var connections = 0
    }
    /// How long libcurl keeps what a lookup found.
    static let addressesKeptSeconds = 60
    /// Handles kept for later, some kilobytes each; more are in use only in bursts.
    private static let idleLimit = 256

    private let config: UpstreamConfig
    private let proxy: Origin?
    private let admission: AdmissionQueue
    private let budget: ByteBudget
    private let waker: Waker
    private let inbox = Lock(Inbox())
    private let published = Lock(Counts())
    private let finished = Latch()

    // The curl thread alone:
    private let multi: MultiHandle
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    private var handles: [ObjectIdentifier: EasyHandle] = [:]
    private var idle: [EasyHandle] = []
    private var paused: Deque<Transfer> = []
    private var gate = LookupGate<Transfer>(keptFor: .seconds(addressesKeptSeconds - 10))
    /// Let through the gate, perhaps inside a callback, where nothing may be added.
    private var passed: Deque<Transfer> = []
    private var counts = Counts()
    private var lastPublished = Counts()

    init(
        config: UpstreamConfig, admission: AdmissionQueue, budget: ByteBudget, waker: Waker
    ) throws(StartFailure) {
        self.config = config
        self.admission = admission
        self.budget = budget
        self.waker = waker
        proxy = config.proxy.flatMap(Origin.init(of:))
        multi = try MultiHandle(keptConnections: config.maxInFlight, waker: waker)
    }

    /// Starts the thread, which keeps the loop alive until it is stopped.
    func start() throws(StartFailure) {
        // All signals are for other threads; SIGPIPE, which OpenSSL's writes raise, then stays pending unseen.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw StartFailure(doing: "start the curl thread", errno: code)
        }
        // Its end is announced by `finished`, for which nobody has to block.
        pthread_detach(thread)
    }

    /// The loop gives the admission slot back in the end. False when it is stopping, and then does not.
    func begin(_ transfer: Transfer) -> Bool { order(.begin(transfer)) }
    /// For a transfer whose handoff has just been settled.
    func abort(_ transfer: Transfer) { _ = order(.abort(transfer)) }
    /// Ends every transfer with `.stopped`, then the thread.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        waker.wake()
    }
    /// Returns when every transfer is settled and all memory of libcurl's is freed.
    func waitUntilStopped() async { await finished.wait() }
    var currentCounts: Counts { published.withLock { $0 } }

    // MARK: - The curl thread

    private func order(_ order: Order) -> Bool {
        let isTaken = inbox.withLock { inbox in
            if !inbox.isStopping { inbox.orders.append(order) }
            return !inbox.isStopping
        }
        if isTaken { waker.wake() }
        return isTaken
    }

    private func run() {
        ccurl_name_thread("outbound")
        while true {
            do {
                try multi.turn()
            } catch {
                // Out of memory inside libcurl: these transfers are lost, the next ones may not be.
                endAll(TransportError(.network, detail: error.description))
            }
            for (raw, code) in multi.takeEnded() {
                if let transfer = running[raw] { end(transfer, code) }
            }
            let (orders, isStopping) = inbox.withLock { inbox in
                defer { inbox.orders = [] }
                return (inbox.orders, inbox.isStopping)
            }
            for order in orders {
                switch order {
                case .begin(let transfer): pass(transfer)
                case .abort(let transfer): abandon(transfer)
                }
            }
            if isStopping { break }
            while let transfer = passed.popFirst() { add(transfer) }
            if !paused.isEmpty { resumePaused() }
            publish()
            admission.advance()
        }
        endAll(TransportError(.stopped))
        multi.close()
        idle = []
        publish()
        finished.open()
    }

    /// Asks the lookup gate.
    private func pass(_ transfer: Transfer) {
        guard let name = lookupName(transfer) else { return add(transfer) }
        if gate.enter(transfer, name: name, now: MonotonicClock.now) { add(transfer) }
    }

    private func add(_ transfer: Transfer) {
        let timeLeft = transfer.timeout - (MonotonicClock.now - transfer.admittedAt)
        guard !transfer.handoff.isSettled, timeLeft > .zero else {
            return release(transfer, .failure(transfer.timeoutError))
        }
        do throws(EasyHandle.Failure) {
            let handle = if let kept = idle.popLast() { kept } else { try EasyHandle(config) }
            try handle.prepare(transfer, timeLeft: timeLeft)
            let code = multi.add(handle)
            guard code == CURLM_OK else { throw EasyHandle.Failure(code: CURLE_OUT_OF_MEMORY, doing: "add a transfer") }
            transfer.observer = { [unowned self] in observe($0, $1) }
            running[handle.raw] = transfer
            handles[ObjectIdentifier(transfer)] = handle
            publish()
        } catch {
            let reason = TransportError(error.code, hadConnection: false).reason
            release(transfer, .failure(TransportError(reason, detail: "\(error.doing)")))
        }
    }

    /// Called by libcurl while it works on the transfer.
    private func observe(_ transfer: Transfer, _ step: Transfer.Step) {
        let name = lookupName(transfer)
        switch step {
        case .startsLookup:
            if name != nil { counts.lookups += 1 }
        case .hasSocket:
            counts.connections += 1
            transfer.hasSocket = true
            if let name { passed += gate.resolved(name, now: MonotonicClock.now) }
        case .sendsRequest:
            if !transfer.hasSocket, let name, let next = gate.left(transfer, name: name) { passed.append(next) }
        case .pauses:
            paused.append(transfer)
        }
    }

    private func abandon(_ transfer: Transfer) {
        if handles[ObjectIdentifier(transfer)] != nil {
            end(transfer, CURLE_ABORTED_BY_CALLBACK)
        } else if let name = lookupName(transfer), gate.withdraw(transfer, name: name) {
            release(transfer, .failure(TransportError(.cancelled)))
        }
    }

    /// Takes a transfer out of libcurl. `verdict` stands above libcurl's.
    private func end(_ transfer: Transfer, _ code: CURLcode, verdict: TransportError? = nil) {
        guard let handle = handles.removeValue(forKey: ObjectIdentifier(transfer)) else { return }
        let facts = handle.facts(code, isSecure: transfer.request.origin.isSecure)
        running[handle.raw] = nil
        multi.remove(handle)
        transfer.observer = nil
        handle.release()
        if idle.count < Self.idleLimit { idle.append(handle) }
        let outcome = transfer.finish(code, facts: facts)
        if transfer.isPaused { paused.removeAll { $0 === transfer } }
        if case .failure(let error) = outcome, error.reason == .resolve, let name = lookupName(transfer) {
            for waiting in gate.failed(name) { release(waiting, outcome) }
        }
        release(transfer, verdict.map { .failure($0) } ?? outcome)
    }

    /// Last step for a transfer, begun or not: everything is given back before its waiter goes on.
    private func release(_ transfer: Transfer, _ outcome: Result<OutboundResponse, TransportError>) {
        if let name = lookupName(transfer), let next = gate.left(transfer, name: name) { passed.append(next) }
        publish()
        admission.leave(transfer.request.origin.description)
        transfer.handoff.settle(outcome)
    }

    private func endAll(_ error: TransportError) {
        for transfer in Array(running.values) { end(transfer, CURLE_ABORTED_BY_CALLBACK, verdict: error) }
        let waiting = gate.removeAll() + passed
        passed = []
        for transfer in waiting { release(transfer, .failure(error)) }
    }

    /// Goes on with paused transfers, the longest paused first, until the budget stops one again.
    private func resumePaused() {
        while let transfer = paused.first, budget.hasRoom(for: transfer.bytesRefused) {
            paused.removeFirst()
            transfer.isPaused = false
            guard let handle = handles[ObjectIdentifier(transfer)] else { continue }
            let code = multi.resume(handle)
            if code != CURLE_OK {
                end(transfer, code)
            } else if transfer.isPaused {
                break
            } else {
                transfer.isStarved.withLock { $0 = false }
            }
        }
    }

    /// What must be looked up for it; nil when it goes to an address.
    private func lookupName(_ transfer: Transfer) -> String? {
        let target = proxy ?? transfer.request.origin
        return target.isAddress ? nil : "\(target.host):\(target.port)"
    }

    private func publish() {
        counts.transfers = running.count
        counts.idleHandles = idle.count
        counts.paused = paused.count
        guard counts != lastPublished else { return }
        lastPublished = counts
        let counts = counts
        published.withLock { $0 = counts }
    }
}
