import Cryptography
import Gateway
import JSON
import Locking
import Logging
import ReleaseModel
import Settings
import Signing
import Simulation
import Timing

/// A simulated cloud and a gateway in front of it, both in this process, both on real sockets.
package final class TestBed: Sendable {
    package let fleet: SimulatedFleet
    package let simulator: SimulatorServer
    package let gateway: Gateway
    package let ports: Gateway.Ports

    private init(fleet: SimulatedFleet, simulator: SimulatorServer, gateway: Gateway, ports: Gateway.Ports) {
        self.fleet = fleet
        self.simulator = simulator
        self.gateway = gateway
        self.ports = ports
    }

    /// Deadlines that a busy machine under a sanitizer keeps, short enough to be let pass once; and no refresh but those
    /// that are asked for.
    package static let onDemand = """
        upstream: { connectTimeout: 5s, timeout: 10s, deadline: 12s, retries: 0, maxCallsPerSecond: 0,
                    maxInFlight: 256, maxInFlightPerHost: 256 }
        inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s }

        """

    /// - Parameters:
    ///   - settings: YAML before the fleet's own (`credentials`, `regions`, `clusters`), without `server`.
    ///   - server: the keys of `server` besides the addresses.
    ///   - cloud: what is done to the fleet before the gateway starts.
    package static func withRunning<Value: Sendable>(
        _ options: SimulationOptions, settings: String = onDemand, server: String = "",
        cloud: @Sendable (SimulatedFleet) -> Void = { _ in },
        _ body: @Sendable (TestBed) async throws -> Value
    ) async throws -> Value {
        let time = SystemTime()
        let fleet = SimulatedFleet(options, time: time)
        cloud(fleet)
        return try await SimulatorServer.withRunning(fleet) { simulator in
            let text =
                "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s, \(server) }\n"
                + settings + fleet.gatewayConfig(endpoint: simulator.endpoint)
            let root = try Section(yaml: Array(text.utf8))
            let config = GatewayConfig(reading: root, region: nil, environment: nil, file: "test")
            let problems = root.problems
            guard problems.isEmpty else { throw InvalidConfig(problems: problems) }
            let secrets = SecretReader(environment: options.keysEnvironment)
            let gateway = Gateway(
                config, secrets: secrets, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await gateway.run() }
                let outcome: Result<Value, any Error>
                do {
                    let ports = try await eventually { gateway.ports }
                    let bed = TestBed(fleet: fleet, simulator: simulator, gateway: gateway, ports: ports)
                    // From here on the clusters are known, and being asked for the first time.
                    _ = try await eventually { try await bed.get("/v1/clusters").status == 200 ? true : nil }
                    outcome = .success(try await body(bed))
                } catch {
                    outcome = .failure(error)
                }
                gateway.stop()
                try await group.waitForAll()
                return try outcome.get()
            }
        }
    }

    /// Every cluster was tried once.
    package func ready() async throws {
        _ = try await eventually { try await self.get("/readyz").status == 200 ? true : nil }
    }
    package func get(_ target: String, fields: String = "") async throws -> RawAnswer {
        try await RawClient.ask(
            "GET \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(fields)\r\n", port: ports.main)
    }
    package func getJSON(_ target: String) async throws -> JSONValue {
        let answer = try await get(target)
        guard answer.status == 200 else { throw UnexpectedAnswer(target: target, answer: answer) }
        return try JSONValue.parse(answer.body)
    }

    package struct UnexpectedAnswer: Error, CustomStringConvertible {
        package let target: String
        package let answer: RawAnswer
        package var description: String { "\(target): \(answer.status) \(answer.text.prefix(600))" }
    }
}

extension SimulationOptions {
    /// The environment in which a gateway with the fleet's own configuration finds the account's keys.
    package var keysEnvironment: [String: String] {
        ["CLOUD_SDK_AK": credential.accessKey, "CLOUD_SDK_SK": credential.secretKey.bytes.revealed()]
    }
}
