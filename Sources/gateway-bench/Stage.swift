import Foundation
import GatewayTestKit
import JSON

/// The processes of one measurement: the simulator on core 0, the gateway and the plain loop on core 1.
final class Stage {
    struct Sample {
        let wall: Double
        let cpu: Double
    }
    struct Failure: Error, CustomStringConvertible { let description: String }

    private static let accessKey = "AKEXAMPLESIMULATOR"
    private static let secretKey = "SKEXAMPLE0simulator0not0a0real0key0000000"

    private let options: FanOut
    private let folder: URL
    private let simulator: Process
    private let gateway: Process
    private let simulatorPort: UInt16
    private let gatewayPort: UInt16
    private var clusters: [String] = []
    private var projectID = ""

    init(_ options: FanOut) throws {
        self.options = options
        folder = FileManager.default.temporaryDirectory.appending(path: "gateway-bench-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        (simulatorPort, gatewayPort) = (try Self.freePort(), try Self.freePort())
        let fleet = [
            "--listen", "127.0.0.1:\(simulatorPort)", "--clusters", "\(options.clusters)", "--autopilot-share", "0",
        ]
        simulator = Self.process(
            "cce-simulator", core: 0,
            fleet + [
                "--releases", "\(options.releases)", "--values-bytes", "\(options.valuesBytes)", "--latency",
                options.latency,
            ])
        gateway = Self.process(
            "release-gateway", core: 1, ["serve", "--config", folder.appending(path: "gateway.yaml").path()])
        try simulator.run()
        try waitUntilListening(simulatorPort, simulator)
        let adminPort = try Self.freePort()
        let settings = """
            server: { listen: "127.0.0.1:\(gatewayPort)", adminListen: "127.0.0.1:\(adminPort)" }
            upstream: { maxInFlight: \(options.inFlight), maxInFlightPerHost: \(options.inFlight), maxCallsPerSecond: 0 }
            inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s, values: \(options.values) }

            """
        try (settings + Self.output(of: Self.process("cce-simulator", core: 0, ["generate-config"] + fleet)))
            .write(to: folder.appending(path: "gateway.yaml"), atomically: true, encoding: .utf8)
        try gateway.run()
        try waitUntilListening(gatewayPort, gateway)
        let truth = try json(simulatorPort, "GET", "/_simulator/fleet")
        projectID = truth["project_id"]?.string ?? ""
        clusters = (truth["clusters"]?.array ?? []).compactMap { $0["cluster_id"]?.string }
    }

    func tearDown() {
        for process in [gateway, simulator] where process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// One pass of each, not counted: connections open, pages of memory touched.
    func warmUp() throws {
        _ = try askGateway()
        _ = try runPlainLoop()
        _ = try json(simulatorPort, "DELETE", "/_simulator/calls")
    }

    func askGateway() throws -> Sample {
        try changeEveryCluster()
        let cpu = try Self.cpuSeconds(of: gateway.processIdentifier)
        let start = ContinuousClock.now
        let answer = try json(gatewayPort, "GET", "/releases?max_age=0&wait=10s")
        let wall = (ContinuousClock.now - start) / .seconds(1)
        guard answer["complete"]?.boolean == true, answer["coverage"]?["fresh"]?.integer == Int64(clusters.count) else {
            throw Failure(description: "the live answer was not complete")
        }
        return Sample(wall: wall, cpu: try Self.cpuSeconds(of: gateway.processIdentifier) - cpu)
    }

    func runPlainLoop() throws -> Sample {
        try changeEveryCluster()
        let loop = Self.process(
            "gateway-bench", core: 1,
            [
                "plain-loop", "--endpoint", "http://127.0.0.1:\(simulatorPort)", "--in-flight", "\(options.inFlight)",
                "--project-id", projectID, "--access-key", Self.accessKey, "--secret-key", Self.secretKey,
            ] + clusters)
        let text = try Self.output(of: loop)
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 4, numbers[2] > 0, numbers[3] == 0 else {
            throw Failure(description: "the plain loop failed: \(text)")
        }
        return Sample(wall: numbers[0], cpu: numbers[1])
    }

    func peakConcurrency() throws -> Int64 {
        try json(simulatorPort, "GET", "/_simulator/calls")["peak_in_flight"]?.integer ?? .max
    }

    // MARK: -

    /// Eight things for each cluster on average: one in three thousand is missed.
    private func changeEveryCluster() throws {
        _ = try json(simulatorPort, "PUT", "/_simulator/churn?steps=\(options.clusters * 8)")
    }

    private func json(_ port: UInt16, _ method: String, _ target: String) throws -> JSONValue {
        let client = try RawClient(port: port)
        try client.send("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        let answer = try client.readAnswer()
        guard answer.status == 200 else { throw Failure(description: "\(method) \(target): \(answer.status)") }
        return try JSONValue.parse(answer.body)
    }

    private func waitUntilListening(_ port: UInt16, _ process: Process) throws {
        for _ in 0..<500 {
            if (try? RawClient(port: port)) != nil { return }
            guard process.isRunning else { break }
            usleep(20_000)
        }
        throw Failure(description: "\(process.executableURL?.lastPathComponent ?? "a process") does not listen")
    }

    /// Beside this program, held to one core where there are two.
    private static func process(_ name: String, core: Int, _ arguments: [String]) -> Process {
        let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let isPinned = ProcessInfo.processInfo.processorCount > 1
        process.arguments = (isPinned ? ["taskset", "--cpu-list", "\(core)"] : []) + [binary] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "CLOUD_SDK_AK": accessKey, "CLOUD_SDK_SK": secretKey,
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    private static func output(of process: Process) throws -> String {
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard code == 0 else { throw Failure(description: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// User and system time so far, from `/proc/PID/stat` (proc(5)), in steps of 10 ms.
    private static func cpuSeconds(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw Failure(description: "/proc/\(process)/stat has another form")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
