import Foundation

/// The `release-gateway` binary itself, which stands beside the test bundle, as a process of its own.
package struct Command: Sendable {
    package typealias Ending = (code: Int32, output: String, errors: String)

    package let process = Process()
    private let output = Pipe()
    private let errors = FileManager.default.temporaryDirectory.appending(path: "stderr-\(UUID().uuidString)")

    /// Starts it.
    /// - Parameter launcher: a program, by its path, and its arguments, which starts the binary in our place.
    package init(_ arguments: [String], environment: [String: String] = [:], launcher: [String] = []) throws {
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let words = launcher + [products.appending(path: "release-gateway").path] + arguments
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = environment
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        // The threads of a task block nearly all signals, which a child inherits; whoever ships us blocks none.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    /// What it has written to stderr; empty after `finish`.
    package var log: String { fileText(errors.path) ?? "" }

    /// The port for probes and metrics; nil before it listens.
    package var adminPort: UInt16? { ports.first }
    /// Of the listeners, in the order in which they listen.
    private var ports: [UInt16] {
        log.split(separator: "\n").filter { $0.contains(" listening ") }
            .compactMap { UInt16($0.split(separator: ":").last ?? "") }
    }

    /// The port of the API, once it listens.
    package func port() async throws -> UInt16 {
        try await eventually {
            let ports = ports
            if ports.count < 2, !process.isRunning { throw Ended(log: log) }
            return ports.count == 2 ? ports[1] : nil
        }
    }

    /// Waits for the end, and blocks meanwhile. `code` is the exit code, or the negative number of the signal that ended
    /// it.
    package func finish() -> Ending {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        defer { try? FileManager.default.removeItem(at: errors) }
        let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return (code, text, log)
    }
    /// As `finish`, without blocking a task; a process that has not ended after `patience` is aborted, which shows in
    /// `code`, and leaves a core where the system writes one.
    package func finish(patience: Duration) async throws -> Ending {
        try await onThread {
            // It writes nothing to stdout: what can be read of it is its end.
            var entry = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Int32(clamping: patience.components.seconds * 1000)) == 0 {
                kill(process.processIdentifier, SIGABRT)
            }
            return finish()
        }
    }
    package static func run(_ arguments: [String]) throws -> Ending { try Command(arguments).finish() }

    package struct Ended: Error, CustomStringConvertible {
        package let log: String
        package var description: String { "it ended before it listened: \(log)" }
    }
}
