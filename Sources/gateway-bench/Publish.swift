import ArgumentParser

/// What it costs to take in what is new: an answer that is as it was, and a snapshot that differs in one part.
struct PublishBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "An unchanged refresh, and publishing after one part of many changed.")
    @Option(help: "Pairs measured.") var pairs = 15
    func run() async throws {
        var report = Report()
        try await UnchangedQuestions.ask(rounds: pairs, into: &report)
        PublishQuestions.ask(rounds: pairs, into: &report)
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }
}
