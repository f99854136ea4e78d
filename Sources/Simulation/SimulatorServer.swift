import Inbound
import Logging
import Timing

/// A fleet behind a port.
package final class SimulatorServer: Sendable {
    package let fleet: SimulatedFleet
    private let server: InboundServer
    private let address: ListenAddress

    package init(
        _ fleet: SimulatedFleet, address: ListenAddress = .loopback(port: 0),
        logger: Logger = Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
    ) {
        var options = ListenerOptions(address: address, config: ServerConfig())
        // Calls that hang must not be ended by us, nor large bodies be refused.
        options.requestTimeout = FaultyBody.forever
        options.maxBodyBytes = 8 << 30
        options.maxConnections = 8192
        options.maxSuspended = 8192
        self.fleet = fleet
        self.address = address
        server = InboundServer(
            config: options, handler: SimulatorHandler(fleet: fleet), time: fleet.time, logger: logger)
    }

    /// Binds and listens. Call once, before `run`.
    package func start() throws(InboundError) { try server.start() }
    /// `http://127.0.0.1:18080`, for the gateway's `cceEndpoint`; with the port that the system chose, after `start`.
    package var endpoint: String { "http://\(ListenAddress(host: address.host, port: server.port ?? address.port))" }
    package var port: UInt16? { server.port }
    /// Answers until `shutdown` has ended it.
    package func run() async { await server.run() }
    /// Waits that long for calls that are being answered; those that hang are cut off then.
    package func shutdown(drainTimeout: Duration = .zero) async { await server.shutdown(drainTimeout: drainTimeout) }

    /// Runs the fleet on a port of its own while `body` runs, for tests.
    package static func withRunning<Value>(
        _ fleet: SimulatedFleet, _ body: (SimulatorServer) async throws -> Value
    ) async throws -> Value {
        let server = SimulatorServer(fleet)
        try server.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
            await server.shutdown()
            return try outcome.get()
        }
    }
}
