import ArgumentParser

@main
struct ReleaseGateway: AsyncParsableCommand {
    func run() async throws {}
}
