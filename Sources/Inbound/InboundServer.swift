import Locking
import Logging
import Platform
import Timing

/// An HTTP/1.1 server on libmicrohttpd. One listener; a process may have several.
///
/// `start` binds and answers what the handler answers at once; `run` does the rest and must be running then: it
/// takes up suspended requests and sweeps. `beginDraining`, then `shutdown`, end it; a server that was started and is
/// never shut down stays in memory.
package final class InboundServer: Sendable {
    private struct State {
        var daemon: Daemon?
        var port: UInt16?
    }
    private let core: ServerCore
    private let logger: Logger
    private let state = Lock(State())

    /// `onCompleted` is called on the library's threads when a request is over; it must not block.
    package init(
        config: ListenerOptions, handler: any RequestHandler, time: any TimeSource = SystemTime(), logger: Logger,
        onCompleted: (@Sendable (CompletedRequest) -> Void)? = nil
    ) {
        core = ServerCore(options: config, handler: handler, time: time, onCompleted: onCompleted)
        self.logger = logger
    }

    /// The port that is listened on; nil before `start`.
    package var port: UInt16? { state.withLock { $0.port } }
    package var counts: ServerCounts { core.tally.counts }
    /// Requests whose head was whole, since the start.
    package var received: Int { core.tally.received }
    package var options: ListenerOptions { core.options }
    /// Returns once `condition` holds; throws `CancellationError` when the task is cancelled first.
    package func wait(until condition: @escaping @Sendable (ServerCounts) -> Bool) async throws {
        try await core.tally.wait(until: condition)
    }

    /// Binds, listens and accepts. Call once.
    package func start() throws(InboundError) {
        let address = core.options.address
        let (descriptor, port) = try ListenSocket.open(address)
        guard let daemon = Daemon.start(core, socket: descriptor) else {
            throw .daemon(address: address.description)
        }
        state.withLock { state in
            state.daemon = daemon
            state.port = port
        }
        logger.info("listening", metadata: ["address": "\(ListenAddress(host: address.host, port: port))"])
    }

    /// Answers what is suspended, until `shutdown` has ended the server or the task is cancelled; then whatever still
    /// waits is refused. Call once. Returns when the last handler has: one that ignores cancellation holds it up.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sweep() }
            await withDiscardingTaskGroup { requests in
                for await exchange in core.queue { requests.addTask { await self.serve(exchange) } }
                core.tally.stopSuspensions()
                core.settleAll(.overloaded)
            }
            group.cancelAll()
        }
    }

    /// From now on every answer says `Connection: close`; connections are still accepted.
    package func beginDraining() { core.beginDraining() }

    /// Waits until nothing is in flight, at most `drainTimeout`; refuses what still waits then; stops the daemon.
    ///
    /// The order matters: stopping libmicrohttpd over a suspended connection aborts, and so may `MHD_quiesce_daemon`,
    /// which is why nothing here stops accepting first.
    package func shutdown(drainTimeout: Duration) async {
        beginDraining()
        await wait(atMost: drainTimeout) { $0.inFlight == 0 }
        core.tally.stopSuspensions()
        core.settleAll(.overloaded)
        await core.tally.waitRegardless { $0.suspended == 0 }
        // What was just settled is written by the library's threads; a peer that does not read it cannot hold us.
        await wait(atMost: .seconds(1)) { $0.inFlight == 0 }
        let daemon = state.withLock { state in
            defer { state.daemon = nil }
            return state.daemon
        }
        if let daemon {
            await OwnThread.run(named: "stop-listening") { daemon.stop() }
            logger.info("stopped listening")
        }
        core.queueEnd.finish()
    }

    // MARK: - Tasks of `run`

    private func sweep() async {
        let sweeper = Sweeper(core: core)
        while (try? await core.time.sleep(for: Sweeper.interval)) != nil { sweeper.sweep() }
    }

    /// Settled by whoever comes first: the handler, or the sweeper when the time is up or the peer has left, or a
    /// shutdown. The handler's task is cancelled in the latter cases, and what it answers then is dropped.
    private func serve(_ exchange: Exchange) async {
        exchange.leaveQueue()
        guard exchange.isWaiting, let request = exchange.request else { return }
        let handler = core.handler
        await withTaskGroup(of: Void.self) { group in
            group.addTask { exchange.settle(.response(await handler.answer(request))) }
            await exchange.settled()
            group.cancelAll()
        }
    }

    private func wait(
        atMost limit: Duration, until condition: @escaping @Sendable (ServerCounts) -> Bool
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.core.tally.wait(until: condition) }
            group.addTask { try? await self.core.time.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
