import ArgumentParser

/// Pages, counts and orders over a million releases, in process.
struct QueryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Pages over 1,000,000 releases against a plain C++ loop over packed columns.")
    @Option(help: "Pairs measured.") var pairs = 15
    func run() throws {
        var report = Report()
        let fleet = BenchFleet(clusters: 2000, releases: 500)
        QueryQuestions.ask(fleet, rounds: pairs, into: &report)
        try SQLiteQuestions.ask(fleet, rounds: pairs, into: &report)
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }
}

/// From a body's bytes to a part.
struct IngestBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Reading answers against simdjson On-Demand touching every field.")
    @Option(help: "Pairs measured.") var pairs = 15
    func run() throws {
        var report = Report()
        IngestQuestions.ask(rounds: pairs, into: &report)
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }
}

/// What is held of a release.
struct MemoryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Resident bytes a release at 1,000,000 releases, and of values kept.")
    func run() throws {
        var report = Report()
        MemoryQuestions.ask(into: &report)
        print(report.text)
        if !report.isMet { throw ExitCode(1) }
    }
}
