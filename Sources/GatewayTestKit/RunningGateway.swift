import Gateway
import JSON
import Logging
import Settings
import Timing

/// A gateway in this process, on real sockets.
package struct RunningGateway: Sendable {
    package let gateway: Gateway
    package let ports: Gateway.Ports

    /// - Parameters:
    ///   - settings: YAML without `server`.
    ///   - server: the keys of `server` besides the addresses.
    ///   - environment: where the keys are.
    package static func with<Value: Sendable>(
        _ settings: String, server: String = "", environment: [String: String], time: any TimeSource = SystemTime(),
        _ body: @Sendable (RunningGateway) async throws -> Value
    ) async throws -> Value {
        let text =
            "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s, \(server) }\n"
            + settings
        let root = try Section(yaml: Array(text.utf8))
        let config = GatewayConfig(reading: root, region: nil, environment: nil, file: "test")
        let problems = root.problems
        guard problems.isEmpty else { throw InvalidConfig(problems: problems) }
        return try await with(config, secrets: SecretReader(environment: environment), time: time, body)
    }

    /// - Parameter config: with listeners on ports that the system chooses.
    package static func with<Value: Sendable>(
        _ config: GatewayConfig, secrets: SecretReader, time: any TimeSource = SystemTime(),
        _ body: @Sendable (RunningGateway) async throws -> Value
    ) async throws -> Value {
        // Calls are counted here: what a machine that stands still for a moment makes of them is another test's matter.
        // So is memory: all tests run in this process, some under a sanitizer.
        let gateway = Gateway(
            config, secrets: secrets, time: time, standstills: { 0 }, residentBytes: { nil },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            let outcome: Result<Value, any Error>
            do {
                let ports = try await eventually { gateway.ports }
                let running = RunningGateway(gateway: gateway, ports: ports)
                // From here on the clusters are known, and being asked for the first time.
                _ = try await eventually { try await running.get("/v1/clusters").status == 200 ? true : nil }
                outcome = .success(try await body(running))
            } catch {
                outcome = .failure(error)
            }
            gateway.stop()
            try await group.waitForAll()
            return try outcome.get()
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
    /// Returns when nothing is going on in it any more.
    package func atRest() async throws {
        _ = try await eventually { gateway.counts?.isAtRest == true ? true : nil }
    }

    package struct UnexpectedAnswer: Error, CustomStringConvertible {
        package let target: String
        package let answer: RawAnswer
        package var description: String { "\(target): \(answer.status) \(answer.text.prefix(600))" }
    }
}
