import CCE
import ReleaseModel
import Timing

/// One entry of `discovery:` with all that it has led to: its projects, and the sources in them. Plain data.
struct DiscoveryEntry: Sendable {
    /// A source, with a number that no other had.
    struct Numbered: Sendable {
        let number: Int
        var source: DiscoverySource
    }
    let config: DiscoveryConfig
    private(set) var search: ProjectSearch
    /// By region, project and kind.
    private(set) var sources: [Numbered] = []

    init(_ config: DiscoveryConfig, continuing known: [DiscoveryEntry] = [], lastNumber: inout Int) {
        self.config = config
        search = ProjectSearch(config, continuing: known.map(\.search))
        let before = known.flatMap { $0.sources.map(\.source) }
        renewSources(lastNumber: &lastNumber) { project, kind in
            DiscoverySource(config: config, project: project, kind: kind, continuing: before)
        }
    }

    var hasTried: Bool { search.hasTried && sources.allSatisfy { $0.source.rounds.haveBegun } }
    var gaps: [DiscoveryGap] { search.gaps + sources.compactMap { $0.source.gap } }
    var states: [DiscoverySourceState] { (search.state.map { [$0] } ?? []) + sources.map { $0.source.state } }

    /// The projects have come: those that are new have sources from now on.
    mutating func succeed(_ found: [FoundProject], at now: Instant, lastNumber: inout Int) {
        search.succeed(found, at: now)
        renewSources(lastNumber: &lastNumber) { [config] project, kind in
            DiscoverySource(config: config, project: project, kind: kind)
        }
    }
    mutating func failSearch(_ failure: CallFailure, at now: Instant) { search.fail(failure, at: now) }

    func source(_ number: Int) -> DiscoverySource? { sources.first { $0.number == number }?.source }
    /// Nothing when the source is no more: its project has gone meanwhile.
    mutating func change(_ number: Int, _ body: (inout DiscoverySource) -> Void) {
        guard let place = sources.firstIndex(where: { $0.number == number }) else { return }
        body(&sources[place].source)
    }

    private mutating func renewSources(
        lastNumber: inout Int, make: (FoundProject, Cluster.Kind) -> DiscoverySource
    ) {
        let before = sources
        sources = search.projects.flatMap { project in
            config.kinds.map { kind in
                let kept = before.first {
                    $0.source.kind == kind && $0.source.project.identity == project.identity
                }
                if let kept { return kept }
                lastNumber += 1
                return Numbered(number: lastNumber, source: make(project, kind))
            }
        }
    }
}
