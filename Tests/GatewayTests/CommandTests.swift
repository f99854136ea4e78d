import Foundation
import GatewayTestKit
import Settings
import Simulation
import Testing
import Timing

@Suite struct CommandTests {
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(file.path)
    }
    private static let listening =
        "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s }\n"
    private static let aCluster = """
        credentials: [{ name: a, accessKey: {env: AK}, secretKey: {env: SK} }]
        regions: [{ id: here, cceEndpoint: "http://127.0.0.1:9", iamEndpoint: "http://127.0.0.1:9" }]
        clusters: [{ id: c1, region: here, credential: a }]

        """
    private static let keys = ["AK": "AKEXAMPLE", "SK": "obviously-fake"]

    @Test(
        arguments: [
            (["--version"], 0), (["--help"], 0), (["serve", "--help"], 0), (["frobnicate"], 64),
            (["serve", "--frobnicate"], 64), (["serve", "--config"], 64),
            (["check", "--config", "/nowhere/at/all"], 64),
            (["serve", "--config", "/nowhere/at/all"], 64),
        ] as [([String], Int32)])
    func `usage and configuration decide the exit code`(arguments: [String], code: Int32) throws {
        let result = try Command.run(arguments)
        #expect(result.code == code)
        #expect(result.output.isEmpty == (code != 0))
        #expect(result.errors.isEmpty == (code == 0))
    }

    @Test func `every problem stands on a line of its own, with the file, and no value begins one`() async throws {
        try await withFile("server: { what: 1 }\n\"a\\nb\": 1\ninventory: { values: \"x\\ny\" }\n") { path in
            let result = try Command.run(["check", "--config", path])
            #expect(result.code == 64)
            let lines = result.errors.split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines.dropLast().allSatisfy { $0.hasPrefix("\(path): ") })
            #expect(lines.last == "4 problems; nothing was started")
        }
    }

    @Test func `check --probe asks each cluster once and says how it went`() async throws {
        try await withFile(Self.aCluster) { path in
            let result = try Command(["check", "--probe", "--config", path], environment: Self.keys).finish()
            #expect(result.code == 1)
            let lines = result.output.split(separator: "\n")
            #expect(lines.first?.split(separator: " ").prefix(3) == ["CREDENTIAL", "SOURCE", "STATE"])
            #expect(
                lines.first { $0.hasPrefix("CLUSTER") }?.split(separator: " ").map(String.init) == [
                    "CLUSTER", "NAME", "REGION", "STATE", "RELEASES", "MS",
                ])
            #expect(lines.last?.hasPrefix("c1       c1    here    network") == true)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends it with 0`(signal: Int32) async throws {
        try await withFile(Self.listening + Self.aCluster) { path in
            let command = try Command(["serve", "--config", path], environment: Self.keys)
            let port = try await command.port()
            #expect(try await RawClient.get("/livez", port: port).status == 200)
            kill(command.process.processIdentifier, signal)
            let result = command.finish()
            #expect(result.code == 0)
            #expect(result.errors.contains(" info stopped "))
        }
    }

    @Test func `a second signal does not wait for shutdownDelay, SIGHUP reads the file again`() async throws {
        let text = Self.listening.replacing("0s", with: "5m") + Self.aCluster
        try await withFile(text) { path in
            let command = try Command(["serve", "--config", path], environment: Self.keys)
            _ = try await command.port()
            kill(command.process.processIdentifier, SIGHUP)
            _ = try await eventually { command.log.contains("configuration read again") ? true : nil }
            kill(command.process.processIdentifier, SIGTERM)
            _ = try await eventually { command.log.contains(" info stopping ") ? true : nil }
            kill(command.process.processIdentifier, SIGTERM)
            #expect(command.finish().code == 0)
        }
    }

    @Test func `an address that is taken is exit code 1`() async throws {
        try await withFile(Self.listening + Self.aCluster) { path in
            let command = try Command(["serve", "--config", path], environment: Self.keys)
            let port = try await command.port()
            let taken = Self.listening.replacing("127.0.0.1:0\", adminListen", with: "127.0.0.1:\(port)\", adminListen")
            try await withFile(taken + Self.aCluster) { path in
                let result = try Command(["serve", "--config", path], environment: Self.keys).finish()
                #expect(result.code == 1)
                #expect(result.errors.contains("critical start failed"))
            }
            kill(command.process.processIdentifier, SIGTERM)
            #expect(command.finish().code == 0)
        }
    }
}
