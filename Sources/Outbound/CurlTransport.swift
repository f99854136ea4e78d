import Timing

/// Sends calls by libcurl, on a thread of its own.
///
/// Bounded at every step: calls waiting (`queueLimit`), calls in flight in all and per origin, bytes of one answer and of
/// all answers in memory. Several may exist; each has its own connections.
package final class CurlTransport: HTTPTransport {
    private let config: UpstreamConfig
    private let time: any TimeSource
    private let admission: AdmissionQueue
    private let budget: ByteBudget
    private let loop: CurlLoop

    /// Starts the thread; `shutdown` ends it.
    package init(_ config: UpstreamConfig, time: any TimeSource = SystemTime()) throws(StartFailure) {
        try CurlLibrary.start()
        let waker = try Waker()
        let limits = Admission<Handoff<Void>>.Limits(
            inAll: config.maxInFlight, perOrigin: config.maxInFlightPerHost, queue: config.queueLimit)
        self.config = config
        self.time = time
        budget = ByteBudget(limit: config.maxBytesInFlight, waker: waker)
        admission = AdmissionQueue(limits: limits, budget: budget, waker: waker)
        loop = try CurlLoop(config: config, admission: admission, budget: budget, waker: waker)
        try loop.start()
    }
    deinit { loop.stop() }

    package func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        guard let place = Origin(of: origin) else {
            throw TransportError(.invalidRequest, detail: "the origin is not scheme, host and port")
        }
        try await admission.enter(place.description)
        let transfer: Transfer
        do throws(TransportError) {
            // Admission may have come just before the cancellation.
            guard !Task.isCancelled else { throw TransportError(.cancelled) }
            let request = try CheckedRequest(makeRequest(), admitted: place, plainOrigins: config.plainOrigins)
            transfer = Transfer(
                request, timeout: timeout, admittedAt: MonotonicClock.now, bodyLimit: config.maxResponseBytes,
                budget: budget)
            guard loop.begin(transfer) else { throw TransportError(.stopped) }
        } catch {
            admission.leave(place.description)
            throw error
        }
        // The slot is the loop's from here on.
        return try await outcome(of: transfer, deadline: time.uptime + timeout).get()
    }

    /// Ends every call, waiting or in flight, with `.stopped`, and returns when the thread has freed everything.
    /// Later calls throw `.stopped`. May be called again, from any task.
    package func shutdown() async {
        admission.stop()
        loop.stop()
        await loop.waitUntilStopped()
    }

    package struct Counts: Sendable, Equatable {
        /// Calls waiting for admission.
        package var queued = 0
        /// Calls admitted and not yet over.
        package var inFlight = 0
        /// Those that libcurl works on.
        package var transfers = 0
        /// Those held back by the byte budget.
        package var paused = 0
        /// Handles kept for the next transfers.
        package var idleHandles = 0
        /// Bytes of bodies being received, or handed over and still held.
        package var bytesHeld = 0
        /// Since the start.
        package var lookups = 0
        /// Sockets made since the start.
        package var connections = 0
    }
    package var counts: Counts {
        let (queued, running) = admission.counts
        let loop = loop.currentCounts
        return Counts(
            queued: queued, inFlight: running, transfers: loop.transfers, paused: loop.paused,
            idleHandles: loop.idleHandles, bytesHeld: budget.held, lookups: loop.lookups,
            connections: loop.connections)
    }

    // MARK: -

    /// libcurl has the same time limit; this one holds also when its thread is late.
    private func outcome(of transfer: Transfer, deadline: Duration) async -> Result<OutboundResponse, TransportError> {
        let alarm = time.alarm(at: deadline) { [loop] in
            if transfer.handoff.settle(.failure(transfer.timeoutError)) { loop.abort(transfer) }
        }
        defer { alarm?.cancel() }
        return await transfer.handoff.wait {
            if transfer.handoff.settle(.failure(TransportError(.cancelled))) { loop.abort(transfer) }
        }
    }
}
