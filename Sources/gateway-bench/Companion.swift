import Foundation
import GatewayTestKit
import JSON

/// Processes beside this one, each held to one core where there are two: the load on one, what is measured on the other.
enum Companion {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let accessKey = "AKEXAMPLESIMULATOR"
    static let secretKey = "SKEXAMPLE0simulator0not0a0real0key0000000"

    /// A binary beside this program.
    static func process(_ name: String, core: Int, _ arguments: [String]) -> Process {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return tool(folder.appending(path: name).path(), core: core, arguments)
    }

    /// A program by its path, or by its name in `PATH`.
    static func tool(_ name: String, core: Int, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let isPinned = ProcessInfo.processInfo.processorCount > 1
        process.arguments = (isPinned ? ["taskset", "--cpu-list", "\(core)"] : []) + [name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "CLOUD_SDK_AK": accessKey, "CLOUD_SDK_SK": secretKey,
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    /// This program, as the load, beside what is measured: all of its threads, and those that they start.
    static func holdThisProcess(toCore core: Int) throws {
        guard ProcessInfo.processInfo.processorCount > 1 else { return }
        _ = try output(
            of: tool("taskset", core: core, ["--all-tasks", "--cpu-list", "--pid", "\(core)", "\(getpid())"]))
    }

    /// Runs it to its end; what it wrote.
    static func output(of process: Process) throws -> String {
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    static func end(_ processes: [Process]) {
        for process in processes where process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
    }

    static func json(_ port: UInt16, _ method: String, _ target: String) throws -> JSONValue {
        try JSONValue.parse(answer(port, method, target).body)
    }

    /// One answer on a connection of its own; any other status is a failure.
    static func answer(
        _ port: UInt16, _ method: String, _ target: String, statuses: ClosedRange<Int> = 200...200
    ) throws -> RawAnswer {
        let client = try RawClient(port: port)
        try client.send("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        let answer = try client.readAnswer()
        guard statuses.contains(answer.status) else {
            throw Failure(description: "\(method) \(target): \(answer.status)")
        }
        return answer
    }

    static func waitUntilListening(_ port: UInt16, _ process: Process) throws {
        for _ in 0..<500 {
            if (try? RawClient(port: port)) != nil { return }
            guard process.isRunning else { break }
            usleep(20_000)
        }
        throw Failure(description: "\(process.arguments?.joined(separator: " ") ?? "a process") does not listen")
    }

    static func freePort() throws -> UInt16 {
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
    static func cpuSeconds(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw Failure(description: "/proc/\(process)/stat has another form")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
