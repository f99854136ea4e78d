import ArgumentParser

@main
struct CCESimulator: AsyncParsableCommand {
    func run() async throws {}
}
