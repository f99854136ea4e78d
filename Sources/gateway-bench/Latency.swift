import ArgumentParser
import GatewayTestKit

/// Does a question that looks at every row hold up those that do not?
///
/// The latency of a probe and of a default page on one connection, while another connection asks for full scans, one
/// after the other; beside the same without them. Both ask from the other core: on the gateway's, who asks would be
/// measured waiting for his own turn.
struct Latency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Latency of /livez and of a default page while another connection asks for full scans.")

    @Option(help: "Clusters in the simulated fleet.") var clusters = 400
    @Option(help: "Releases of each cluster.") var releases = 300
    @Option(help: "Seconds of each measurement.") var seconds = 2
    @Option(help: "Pairs measured.") var pairs = 7

    func run() async throws {
        let stage = try Stage(
            Stage.Fleet(clusters: clusters, releases: releases, valuesBytes: 64),
            settings: "inventory: { refreshInterval: 1h, maxAge: 2h, values: drop }")
        defer { stage.tearDown() }
        try Companion.holdThisProcess(toCore: 0)
        try stage.waitUntilComplete()
        var report = Report()
        for (name, title, target) in [
            ("livez", "/livez", "/livez"), ("page", "a default page", "/releases"),
        ] {
            var ratios: [Double] = []
            for round in 0..<pairs {
                let idle = try await latency(stage.gatewayPort, target, scansFrom: nil)
                let loaded = try await latency(stage.gatewayPort, target, scansFrom: round * 1_000_000)
                ratios.append(loaded / idle)
            }
            report.add(
                "latency.\(name)", "99th percentile of the latency of \(title) while full scans run",
                against: "without them", Spread(ratios), reach: .atMost(2))
        }
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }

    /// The 99th percentile in seconds.
    ///
    /// - Parameter first: the number of the first scan; nil for none. Each has a word of its own, so that no answer is
    ///   shared.
    private func latency(_ port: UInt16, _ target: String, scansFrom first: Int?) async throws -> Double {
        let deadline = ContinuousClock.now + .seconds(seconds)
        async let scans = onThread {
            guard let first else { return 0 }
            var number = first
            let client = try RawClient(port: port)
            while ContinuousClock.now < deadline {
                try Self.ask(client, port, "/releases?q=word\(number)&order_by=update_at")
                number += 1
            }
            return number - first
        }
        let latencies = try await onThread {
            var latencies: [Double] = []
            let client = try RawClient(port: port)
            while ContinuousClock.now < deadline {
                let start = ContinuousClock.now
                try Self.ask(client, port, target)
                latencies.append((ContinuousClock.now - start) / .seconds(1))
            }
            return latencies.sorted()
        }
        guard try await scans > 0 || first == nil, latencies.count >= 100 else {
            throw Companion.Failure(description: "too few answers: \(latencies.count)")
        }
        return latencies[latencies.count * 99 / 100]
    }

    private static func ask(_ client: RawClient, _ port: UInt16, _ target: String) throws {
        try client.send("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        let answer = try client.readAnswer()
        guard answer.status == 200 else { throw Companion.Failure(description: "\(target): \(answer.status)") }
    }
}
