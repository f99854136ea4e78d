import ArgumentParser
import Foundation
import GatewayTestKit

/// How many warm pages a second, and how late the slowest of a hundred, compared with a C program on the same library
/// that returns the same bytes?
///
/// The load generator (wrk) has one core, the gateway and the C program take turns on the other.
struct Pages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Warm default pages against a C libmicrohttpd program that returns the same bytes.")

    @Option(help: "Clusters in the simulated fleet.") var clusters = 200
    @Option(help: "Releases of each cluster.") var releases = 50
    @Option(help: "Seconds of each measurement.") var seconds = 3
    @Option(help: "Pairs measured.") var pairs = 5

    func run() async throws {
        let stage = try Stage(
            Stage.Fleet(clusters: clusters, releases: releases, valuesBytes: 256),
            settings: "inventory: { refreshInterval: 1h, maxAge: 2h }")
        defer { stage.tearDown() }
        try stage.waitUntilComplete()
        var report = Report()
        for pageSize in [50, 500] {
            let target = "/releases?page_size=\(pageSize)"
            let bound = try BoundServer(answering: Companion.answer(stage.gatewayPort, "GET", target))
            defer { bound.end() }
            for connections in [32, 256] {
                var rounds: [(rate: Double, slowest: Double)] = []
                for _ in 0..<pairs {
                    let gateway = try load(stage.gatewayPort, target, connections)
                    let plain = try load(bound.port, target, connections)
                    rounds.append((gateway.rate / plain.rate, gateway.slowest / plain.slowest))
                }
                let title = "warm page of \(pageSize), \(connections) connections"
                let name = "pages.of\(pageSize).over\(connections)"
                report.add(
                    "\(name).rate", "\(title): requests a second", against: "the same bytes by libmicrohttpd in C",
                    Spread(rounds.map(\.rate)), reach: .atLeast(0.8))
                report.add(
                    "\(name).p99", "\(title): 99th percentile of latency",
                    against: "the same bytes by libmicrohttpd in C", Spread(rounds.map(\.slowest)), reach: .atMost(1.5))
            }
        }
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }

    private func load(_ port: UInt16, _ target: String, _ connections: Int) throws -> (rate: Double, slowest: Double) {
        let text = try Companion.output(
            of: Companion.tool(
                "wrk", core: 0,
                [
                    "--threads", "1", "--connections", "\(connections)", "--duration", "\(seconds)s", "--timeout",
                    "30s", "--latency",
                    "http://127.0.0.1:\(port)\(target)",
                ]))
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"), let rate = Self.rate(in: text),
            let slowest = Self.slowest(in: text), rate > 0, slowest > 0
        else { throw Companion.Failure(description: "the load was not answered: \(text)") }
        return (rate, slowest)
    }
    /// `Requests/sec:  12345.67`
    private static func rate(in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
            .flatMap { Double($0.dropFirst(13).trimmingCharacters(in: .whitespaces)) }
    }
    /// `     99%    1.23ms`, in seconds.
    private static func slowest(in text: String) -> Double? {
        guard let line = text.split(separator: "\n").first(where: { $0.split(separator: " ").first == "99%" }),
            let word = line.split(separator: " ").last
        else { return nil }
        for (unit, scale) in [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)] where word.hasSuffix(unit) {
            return Double(word.dropLast(unit.count)).map { $0 * scale }
        }
        return nil
    }
}

/// The C program, in a process of its own.
private struct BoundServer {
    let port: UInt16
    private let process: Process
    private let folder: URL

    init(answering answer: RawAnswer) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gateway-bench-bound-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let body = folder.appending(path: "body")
        try Data(answer.body).write(to: body)
        port = try Companion.freePort()
        let fields = answer.fields.filter { !["date", "content-length", "connection"].contains($0.name) }
        process = Companion.process(
            "gateway-bench", core: 1,
            ["page-bound", "--port", "\(port)", "--body", body.path()] + fields.map { "\($0.name): \($0.value)" })
        try process.run()
        try Companion.waitUntilListening(port, process)
    }
    func end() {
        Companion.end([process])
        try? FileManager.default.removeItem(at: folder)
    }
}
