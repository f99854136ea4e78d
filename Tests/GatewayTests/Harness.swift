import Cryptography
import Foundation
import Gateway
import GatewayTestKit
import Inbound
import JSON
import Locking
import Logging
import Settings
import Signing
import Simulation
import Testing
import Timing

/// A simulated fleet, a gateway in front of it, and the file that the gateway is configured by.
struct Harness: Sendable {
    let fleet: SimulatedFleet
    let gateway: Gateway
    let ports: Gateway.Ports
    let log: LogRecord
    let endpoint: String
    private let file: URL

    /// Runs until `body` returns, then stops the gateway and waits for its end.
    ///
    /// - Parameter settings: further sections of the configuration, in YAML.
    static func run(
        clusters: Int = 5, settings: String = "",
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        let fleet = SimulatedFleet(SimulationOptions(clusters: clusters, releases: 6), time: SystemTime())
        let log = LogRecord()
        let server = SimulatorServer(fleet, address: .loopback(port: 0), logger: log.logger)
        try server.start()
        let file = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        let text = configText(fleet, server.endpoint, settings)
        try Data(text.utf8).write(to: file)
        let source = ConfigSource(path: file.path, environment: keys(fleet))
        // All tests run in this process: its memory is not the gateway's.
        let gateway = Gateway(
            try source.load(), source: source, secrets: source.secrets, residentBytes: { nil }, logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask { try await gateway.run() }
            let ports = try await eventually { gateway.ports }
            try await body(
                Harness(
                    fleet: fleet, gateway: gateway, ports: ports, log: log, endpoint: server.endpoint, file: file))
            gateway.stop()
            await server.shutdown(drainTimeout: .zero)
            try await group.waitForAll()
        }
    }

    /// Writes another configuration and tells the gateway to read it.
    func reconfigure(_ text: String) throws {
        try Data(text.utf8).write(to: file)
        gateway.reload()
    }
    /// The source of another configuration, in the same file, which the gateway is not told of.
    func source(_ text: String) throws -> ConfigSource {
        try Data(text.utf8).write(to: file)
        return ConfigSource(path: file.path, environment: Self.keys(fleet))
    }
    func configText(_ settings: String, usesDiscovery: Bool = false) -> String {
        Self.configText(fleet, endpoint, settings, usesDiscovery: usesDiscovery)
    }
    private static func configText(
        _ fleet: SimulatedFleet, _ endpoint: String, _ settings: String, usesDiscovery: Bool = false
    ) -> String {
        let server =
            settings.contains("server:")
            ? "" : "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s }\n"
        return server + settings + fleet.gatewayConfig(endpoint: endpoint, usesDiscovery: usesDiscovery)
    }
    private static func keys(_ fleet: SimulatedFleet) -> [String: String] {
        fleet.options.keysEnvironment
    }

    func get(_ target: String) async throws -> RawAnswer { try await RawClient.get(target, port: ports.main) }
    func ready() async throws { _ = try await eventually { try await get("/readyz").status == 200 ? true : nil } }
}

/// What was logged, for tests of what operators are told.
final class LogRecord: Sendable {
    private let lines = Lock<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(record: self) } }

    private struct Handler: LogHandler {
        let record: LogRecord
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        init(record: LogRecord) { self.record = record }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = (["\(event.level) \(event.message)"] + values).joined(separator: " ")
            record.lines.withLock { $0.append(line) }
        }
    }
}
