import Foundation
import GatewayTestKit
import Simulation
import Testing
import Timing

/// What the rounds of `SigtermTests` share: a small simulated fleet, and gateways in front of it, one after the other.
struct Stops: Sendable {
    /// For one end. It is there for an end that hangs, not for its timing.
    static let patience = Duration.seconds(30)

    let fleet: SimulatedFleet
    let endpoint: String
    private let file: String

    /// Runs so many rounds, each of which starts and ends a process. Prints one line that `make chaos` counts by.
    static func rounds(
        _ count: Int, _ what: String, releases: Int = 5,
        _ round: @Sendable (Stops, inout SeededGenerator) async throws -> Command.Ending
    ) async throws {
        let seed = testSeed()
        var options = SimulationOptions(clusters: 6, releases: releases, valuesBytes: 200)
        options.latency = .milliseconds(1)
        let fleet = SimulatedFleet(options, time: SystemTime())
        let folder = FileManager.default.temporaryDirectory.appending(path: "sigterm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await SimulatorServer.withRunning(fleet) { simulator in
            let stops = Stops(
                fleet: fleet, endpoint: simulator.endpoint, file: folder.appending(path: "gateway.yaml").path)
            var failed = 0
            for number in 0..<count {
                var generator = SeededGenerator(seed: seed &+ UInt64(number))
                do {
                    let ending = try await round(stops, &generator)
                    if ending.code == 0 { continue }
                    Issue.record("\(what), seed \(seed), round \(number): \(ending.code) \(ending.errors.suffix(2000))")
                } catch {
                    Issue.record("\(what), seed \(seed), round \(number): \(error)")
                }
                failed += 1
            }
            // At once: what is printed into a pipe waits for the end.
            let line = "SIGTERM \(what): \(count - failed) passed, \(failed) failed\n"
            try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
        }
    }

    /// Starts a gateway with settings of its own.
    func start(_ generator: inout SeededGenerator, launcher: [String] = []) throws -> Command {
        let text = """
            server: { listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", shutdownDelay: 0s,
                      drainTimeout: \(generator.pick(["0s", "20ms", "500ms"])) }
            upstream: { connectTimeout: 500ms, timeout: 5s, deadline: 6s, maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 1s, maxAge: 10s, minRefreshInterval: 0s }

            """
        try Data((text + fleet.gatewayConfig(endpoint: endpoint)).utf8).write(to: URL(filePath: file))
        return try Command(
            ["serve", "--config", file],
            environment: SimulationOptions().keysEnvironment, launcher: launcher)
    }

    /// Where it serves the API, once every cluster has been asked.
    func ready(_ command: Command) async throws -> UInt16 {
        let port = try await command.port()
        _ = try await eventually { try await RawClient.get("/readyz", port: port).status == 200 ? true : nil }
        return port
    }

    /// Waits until it is ready, loads it, and signals it when so many answers were had as chance decides.
    /// - Parameter pid: of the gateway, where another process has started it.
    func load(
        _ command: Command, pid: Int32? = nil, _ generator: inout SeededGenerator,
        signal: @escaping @Sendable (Int32) -> Void = { kill($0, SIGTERM) }
    ) async throws -> Command.Ending {
        let pid = pid ?? command.process.processIdentifier
        let port = try await ready(command)
        let load = Load(port: port, answers: Int.random(in: 0...60, using: &generator)) { signal(pid) }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await load.run()) } catch { outcome = .failure(error) }
        // A reader that was let down has not signalled.
        if case .failure = outcome { kill(pid, SIGTERM) }
        let ending = try await command.finish(patience: Self.patience)
        try outcome.get()
        return ending
    }

    // MARK: - Processes

    /// The fields of `/proc/PID/status`; none when it is gone.
    static func status(of pid: Int32) -> [String: String] {
        let text = fileText("/proc/\(pid)/status") ?? ""
        return text.split(separator: "\n").reduce(into: [:]) { fields, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
    }

    /// Before that, in the loader and in the runtime's own start, nobody could answer a signal.
    static func untilSignalsAreTaken(_ pid: Int32) async throws {
        _ = try await eventually {
            let fields = status(of: pid)
            guard let caught = fields["SigCgt"].flatMap({ UInt64($0, radix: 16) }) else { throw Gone() }
            return caught & (1 << UInt64(SIGTERM - 1)) != 0 ? true : nil
        }
    }

    /// The one process that `pid` has started, once it runs what it was started for.
    static func child(of pid: Int32) async throws -> Int32 {
        try await eventually {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
            let children = tasks.flatMap { task in
                (fileText("/proc/\(pid)/task/\(task)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
            }
            return children.first { status(of: $0)["Name"]?.hasPrefix("release-gateway") == true }
        }
    }

    struct Gone: Error {}
    struct NoNamespace: Error, CustomStringConvertible {
        let description: String
    }
    /// What starts a program as pid 1 of a namespace of its own, by root or by whom the system lets.
    static func namespaceLauncher() async throws -> [String] {
        let plain = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child"]
        var said: [String] = []
        for options in [[], ["--map-root-user"]] {
            let launcher = plain + options + ["--"]
            let process = Process()
            let errors = Pipe()
            process.executableURL = URL(filePath: launcher[0])
            process.arguments = Array(launcher.dropFirst()) + ["/bin/true"]
            process.standardError = errors
            try process.run()
            let text = try await onThread {
                String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            }
            process.waitUntilExit()
            if process.terminationStatus == 0 { return launcher }
            said.append(text)
        }
        throw NoNamespace(
            description: "This test needs a pid namespace: root with CAP_SYS_ADMIN, or user namespaces for all "
                + "(sysctl kernel.unprivileged_userns_clone, apparmor_restrict_unprivileged_userns). \(said)")
    }
}
