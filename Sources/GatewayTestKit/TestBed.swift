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
    package let running: RunningGateway

    private init(fleet: SimulatedFleet, simulator: SimulatorServer, running: RunningGateway) {
        self.fleet = fleet
        self.simulator = simulator
        self.running = running
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
            let settings = settings + fleet.gatewayConfig(endpoint: simulator.endpoint)
            return try await RunningGateway.with(
                settings, server: server, environment: options.keysEnvironment, time: time
            ) { running in
                try await body(TestBed(fleet: fleet, simulator: simulator, running: running))
            }
        }
    }

    package var gateway: Gateway { running.gateway }
    package var ports: Gateway.Ports { running.ports }
    /// Every cluster was tried once.
    package func ready() async throws { try await running.ready() }
    package func get(_ target: String, fields: String = "") async throws -> RawAnswer {
        try await running.get(target, fields: fields)
    }
    package func getJSON(_ target: String) async throws -> JSONValue { try await running.getJSON(target) }
}

extension SimulationOptions {
    /// The environment in which a gateway with the fleet's own configuration finds the account's keys.
    package var keysEnvironment: [String: String] {
        ["CLOUD_SDK_AK": credential.accessKey, "CLOUD_SDK_SK": credential.secretKey.bytes.revealed()]
    }
}
