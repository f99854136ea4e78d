import ArgumentParser
import Foundation
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
        let stage = try Stage(self)
        defer { stage.tearDown() }
        try stage.warmUp()
        var ratios: [(wall: Double, cpu: Double, gateway: Double, plain: Double)] = []
        for _ in 0..<pairs {
            let gateway = try stage.askGateway()
            let plain = try stage.runPlainLoop()
            ratios.append((gateway.wall / plain.wall, gateway.cpu / plain.cpu, gateway.wall, plain.wall))
        }
        let peak = try stage.peakConcurrency()
        let wall = median(ratios.map(\.wall))
        let cpu = median(ratios.map(\.cpu))
        print(
            """
            | question | gateway | plain loop | ratio, median of \(pairs) | reach |
            | --- | --- | --- | --- | --- |
            | \(clusters) clusters of \(latency), \(inFlight) in flight: time of one live answer \
            | \(milliseconds(median(ratios.map(\.gateway)))) | \(milliseconds(median(ratios.map(\.plain)))) \
            | \(rounded(wall)) (\(rounded(ratios.map(\.wall).min() ?? 0))–\(rounded(ratios.map(\.wall).max() ?? 0))) \
            | ≤ \(bound) |
            | the same: CPU of the whole process | | | \(rounded(cpu)) | |
            | most calls in flight at once | \(peak) | | | ≤ \(inFlight) |
            """)
        let isMet = wall <= bound && peak <= inFlight
        print(
            #"{"question":"fanOut.live","ratio":\#(rounded(wall)),"bound":\#(bound),"cpuRatio":\#(rounded(cpu)),"#
                + #""peakInFlight":\#(peak),"met":\#(isMet)}"#)
        if !isMet { throw ExitCode(1) }
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }
    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
    private func milliseconds(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10) ms" }
}
