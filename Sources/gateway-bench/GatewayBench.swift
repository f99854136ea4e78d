import ArgumentParser

@main
struct GatewayBench: AsyncParsableCommand {
    func run() async throws {}
}
