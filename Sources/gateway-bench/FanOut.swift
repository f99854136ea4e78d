import ArgumentParser
import GatewayTestKit
import JSON

/// How long does a cold, live answer over many clusters take, compared with a plain loop over the same calls?
///
/// The simulator has one core, the gateway and the plain loop take turns on the other. Every release list changes
/// between two passes, so that nothing is answered from a hash.
struct FanOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One live /releases over many slow clusters against a plain libcurl loop doing the same calls.")

    @Option(help: "Clusters in the simulated fleet.") var clusters = 500
    @Option(help: "Releases of each cluster.") var releases = 20
    @Option(help: "Bytes of values in each release.") var valuesBytes = 2048
    @Option(help: "What each cluster takes to answer.") var latency = "50ms"
    @Option(help: "What is done with values: redact, drop or keep.") var values = "redact"
    @Option(help: "Calls in flight at once, for both.") var inFlight = 256
    @Option(help: "Pairs measured.") var pairs = 9
    @Option(help: "What the median ratio must not exceed; the exit status says whether it held.") var bound = 1.5

    func run() async throws {
        let stage = try Stage(
            Stage.Fleet(clusters: clusters, releases: releases, valuesBytes: valuesBytes, latency: latency),
            settings: """
                upstream: { maxInFlight: \(inFlight), maxInFlightPerHost: \(inFlight), maxCallsPerSecond: 0 }
                inventory: { refreshInterval: 1h, maxAge: 2h, minRefreshInterval: 0s, values: \(values) }
                """)
        defer { stage.tearDown() }
        let fleet = try SimulatedTruth(stage)
        // One pass of each, not counted: connections open, pages of memory touched.
        _ = try askGateway(stage, fleet)
        _ = try runPlainLoop(stage, fleet)
        _ = try Companion.json(stage.simulatorPort, "DELETE", "/_simulator/calls")
        var rounds: [(gateway: Sample, plain: Sample)] = []
        for _ in 0..<pairs { rounds.append((try askGateway(stage, fleet), try runPlainLoop(stage, fleet))) }
        let peak =
            try Companion.json(stage.simulatorPort, "GET", "/_simulator/calls")["peak_in_flight"]?.integer ?? .max

        let wall = Spread(rounds.map { $0.gateway.wall / $0.plain.wall })
        let cpu = Spread(rounds.map { $0.gateway.cpu / $0.plain.cpu })
        let isMet = wall.median <= bound && peak <= inFlight
        var report = Report()
        report.add(
            "fanOut.live.\(values)",
            "\(clusters) clusters of \(latency), \(inFlight) in flight, values \(values): time of one live answer",
            against: "plain libcurl loop", wall, reach: .atMost(bound))
        report.add(
            "fanOut.live.\(values).cpu", "the same: CPU of the whole process", against: "plain libcurl loop", cpu,
            reach: .atMost(bound))
        report.add(
            "fanOut.peak", "most calls in flight at once", exactly: Double(peak), reach: .atMost(Double(inFlight)))
        print(report.text)
        if !isMet { throw ExitCode(1) }
    }

    private struct Sample {
        let wall: Double
        let cpu: Double
    }
    private struct SimulatedTruth {
        let projectID: String
        let clusters: [String]
        init(_ stage: Stage) throws {
            let truth = try Companion.json(stage.simulatorPort, "GET", "/_simulator/fleet")
            projectID = truth["project_id"]?.string ?? ""
            clusters = (truth["clusters"]?.array ?? []).compactMap { $0["cluster_id"]?.string }
        }
    }

    private func askGateway(_ stage: Stage, _ fleet: SimulatedTruth) throws -> Sample {
        try changeEveryCluster(stage)
        let cpu = try stage.gatewayCPUSeconds()
        let start = ContinuousClock.now
        let answer = try Companion.json(stage.gatewayPort, "GET", "/releases?max_age=0&wait=10s")
        let wall = (ContinuousClock.now - start) / .seconds(1)
        guard answer["complete"]?.boolean == true,
            answer["coverage"]?["fresh"]?.integer == Int64(fleet.clusters.count)
        else { throw Companion.Failure(description: "the live answer was not complete") }
        // Values are masked and compressed behind the answer: their time counts, and nobody else's has to bear it.
        try stage.waitUntilAtRest()
        return Sample(wall: wall, cpu: try stage.gatewayCPUSeconds() - cpu)
    }

    private func runPlainLoop(_ stage: Stage, _ fleet: SimulatedTruth) throws -> Sample {
        try changeEveryCluster(stage)
        let loop = Companion.process(
            "gateway-bench", core: 1,
            [
                "plain-loop", "--endpoint", "http://127.0.0.1:\(stage.simulatorPort)", "--in-flight", "\(inFlight)",
                "--project-id", fleet.projectID, "--access-key", Companion.accessKey, "--secret-key",
                Companion.secretKey,
            ] + fleet.clusters)
        let text = try Companion.output(of: loop)
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 4, numbers[2] > 0, numbers[3] == 0 else {
            throw Companion.Failure(description: "the plain loop failed: \(text)")
        }
        return Sample(wall: numbers[0], cpu: numbers[1])
    }

    /// Eight things for each cluster on average: one in three thousand is missed.
    private func changeEveryCluster(_ stage: Stage) throws {
        _ = try Companion.json(stage.simulatorPort, "PUT", "/_simulator/churn?steps=\(clusters * 8)")
    }
}
