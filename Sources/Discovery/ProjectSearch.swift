import CCE
import ReleaseModel
import Timing

/// Which projects one entry of the configuration means. Plain data.
struct ProjectSearch: Sendable {
    let config: DiscoveryConfig
    /// Sorted by region, name and id.
    private(set) var projects: [FoundProject] = []
    private(set) var rounds = Rounds()
    private var presence = Presence<FoundProject.Identity>()

    init(_ config: DiscoveryConfig) {
        self.config = config
        if let id = config.projectID { projects = [FoundProject(region: config.region, id: id)] }
    }
    /// After a reload: knows what the one that looked up the same has found.
    init(_ config: DiscoveryConfig, continuing known: [ProjectSearch]) {
        self = known.first { $0.config.looksUpLike(config) }.map { ProjectSearch(config, $0) } ?? ProjectSearch(config)
    }
    private init(_ config: DiscoveryConfig, _ before: ProjectSearch) {
        self.config = config
        projects = before.projects.filter { config.asks(of: $0.region) }
        rounds = before.rounds
        presence = before.presence
    }

    /// The configuration does not name the project.
    var isNeeded: Bool { config.projectID == nil }
    /// There is nothing left to look up.
    var isOver: Bool { !isNeeded || (isOnce && rounds.lastSuccess != nil) }
    var hasTried: Bool { !isNeeded || rounds.haveBegun }
    /// A region's main project is the same for ever.
    private var isOnce: Bool { config.projects == .main && config.regionID != nil }

    /// A list came. A project goes when two lists in a row are without it.
    mutating func succeed(_ found: [FoundProject], at now: Instant) {
        // Of all regions' projects, those named as the region is.
        let found = found.filter { config.asks(of: $0.region) && (config.projects == .all || $0.name == $0.region) }
        let staying = presence.stay(projects.map(\.identity), listed: Set(found.map(\.identity)))
        projects = (found + projects.filter { staying.contains($0.identity) })
            .sorted { ($0.region, $0.name ?? "", $0.id) < ($1.region, $1.name ?? "", $1.id) }
        rounds.succeed(at: now)
    }
    mutating func fail(_ failure: CallFailure, at now: Instant) { rounds.fail(failure, at: now) }

    /// What is not known of the projects' clusters: one for each kind.
    var gaps: [DiscoveryGap] {
        guard isNeeded, let flaw = rounds.flaw else { return [] }
        return config.kinds.map { kind in
            DiscoveryGap(
                region: config.regionID, kind: kind, credential: config.credential, labels: config.labels, flaw: flaw,
                lastSuccess: rounds.lastSuccess)
        }
    }

    /// Nil where the configuration says it all.
    var state: DiscoverySourceState? {
        guard isNeeded else { return nil }
        return DiscoverySourceState(
            region: config.region, project: nil, kind: nil, credential: config.credential, found: projects.count,
            rounds: rounds)
    }
}

extension FoundProject {
    /// What makes it the same project; a name may change.
    struct Identity: Hashable, Sendable {
        let region: String
        let id: String
    }
    var identity: Identity { Identity(region: region, id: id) }
}
