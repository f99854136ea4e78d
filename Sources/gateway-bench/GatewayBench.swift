import ArgumentParser

/// Questions with numbers as answers, each a ratio against something measured in the same run.
@main
struct GatewayBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway-bench", abstract: "Measures the gateway against plain programs doing the same work.",
        subcommands: [
            FanOut.self, Pages.self, QueryBench.self, PublishBench.self, Latency.self, IngestBench.self,
            MemoryBench.self, PlainLoop.self, PageBound.self,
        ], defaultSubcommand: FanOut.self)
}
