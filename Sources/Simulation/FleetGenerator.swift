import ReleaseModel
import Timing

/// Makes the fleet, and what happens in it, out of a seed. Each cluster and each step has a sequence of its own.
struct FleetGenerator: Sendable {
    let options: SimulationOptions
    /// What all times are reckoned from.
    let start: Instant
    /// Those of the start, region by region.
    let projects: [SimulatedProject]
    let charts: [(value: (chart: SimulatedChart, namespace: String?), weight: Int)]

    init(options: SimulationOptions, start: Instant) {
        self.options = options
        self.start = start
        var random = SplitMix64(seed: options.seed, stream: 0)
        let first = random.digits(32)
        let perRegion = max(1, options.projects)
        projects = options.regions.enumerated().flatMap { place, region in
            (0..<perRegion).map { number in
                let index = place * perRegion + number
                return SimulatedProject(
                    of: region, number: number, id: index == 0 ? first : Self.projectID(index, seed: options.seed))
            }
        }
        var charts: [(value: (chart: SimulatedChart, namespace: String?), weight: Int)] = []
        for entry in Catalogue.charts {
            let chart = SimulatedChart(
                id: Self.identifier(using: &random), name: entry.value.name, isPublic: entry.value.isPublic,
                version: entry.value.version)
            charts.append(((chart, entry.value.namespace), entry.weight))
        }
        self.charts = charts
    }

    /// Another for each index but 0.
    static func projectID(_ index: Int, seed: UInt64) -> String {
        var random = SplitMix64(seed: seed, stream: 0xF000_0000_0000_0000 &+ UInt64(index))
        return random.digits(32)
    }

    func cluster(number: Int, in project: SimulatedProject) -> SimulatedCluster {
        var random = SplitMix64(seed: options.seed, stream: 1 &+ UInt64(number) &* 2)
        guard let id = ClusterID(Self.identifier(using: &random)) else {
            preconditionFailure("a UUID is an identifier")
        }
        let environment = random.pick(Catalogue.environments)
        let team = random.pick(Catalogue.teams)
        // Spread evenly and not drawn: a small fleet has both families too.
        let isAutopilot = Self.falls(number, share: options.autopilotShare)
        let isHibernated = Self.falls(number, share: options.hibernatedShare)
        let name = "\(environment)-\(team)-\(number + 1)"
        return SimulatedCluster(
            id: id, name: name, alias: random.chance(0.2) ? "\(team.uppercased()) (\(environment))" : name,
            region: project.region, projectID: project.id, kind: isAutopilot ? .autopilot : .cce,
            phase: isHibernated ? "Hibernation" : "Available", labels: ["env": environment, "team": team],
            version: random.pick(Catalogue.clusterVersions),
            createdAt: start
                - (.seconds(86_400 * (30 + random.below(900))) + .nanoseconds(random.below(999_999_999))))
    }

    func releases(ofCluster number: Int) -> [SimulatedRelease] {
        var random = SplitMix64(seed: options.seed, stream: 2 &+ UInt64(number) &* 2)
        var taken: Set<String> = []
        return (0..<options.releases).map { _ in
            let age = 3600 + random.below(400 * 86_400)
            return release(createdAt: start - .seconds(age), taken: &taken, using: &random)
        }
    }

    /// A release under a name that is not taken; one in use for some time unless it was created just now.
    func release(
        createdAt: Instant, isNew: Bool = false, taken: inout Set<String>, using random: inout SplitMix64
    ) -> SimulatedRelease {
        let (chart, fixedNamespace) = random.pick(charts)
        let namespace = fixedNamespace ?? random.pick(Catalogue.namespaces)
        let stem = fixedNamespace != nil ? chart.name : random.pick(Catalogue.applications)
        var name = chart.isPublic && fixedNamespace == nil ? "\(stem)-\(chart.name)" : stem
        var suffix = 1
        while !taken.insert("\(namespace)/\(name)").inserted {
            suffix += 1
            name = "\(stem)-\(suffix)"
        }
        let status = isNew ? "PENDING_INSTALL" : random.pick(Catalogue.statuses)
        // Most releases have seen few upgrades, some very many.
        let version = isNew || status == "PENDING_INSTALL" ? 1 : 1 + random.below(1 + random.below(60))
        let span = (start - createdAt).components.seconds
        let updatedAt = version == 1 ? createdAt : createdAt + .seconds(random.below(Int(max(span, 1))))
        return SimulatedRelease(
            namespace: namespace, name: name, version: version, chart: chart, chartVersion: chart.version,
            status: status,
            description: version == 1 && status == "DEPLOYED"
                ? "Install complete" : Catalogue.description(of: status), createdAt: createdAt, updatedAt: updatedAt,
            valuesSeed: random.next())
    }

    /// One thing that happens somewhere in the fleet: what was pending there settles, and a release is upgraded,
    /// installed or uninstalled. Gives the position of the cluster it happened in; nil in a fleet without clusters.
    func step(_ number: Int, on clusters: inout [FleetState.Held], at instant: Instant) -> Int? {
        guard !clusters.isEmpty else { return nil }
        var random = SplitMix64(seed: options.seed ^ 0x5EED, stream: UInt64(number))
        let position = random.below(clusters.count)
        var releases = clusters[position].releases
        for index in releases.indices where clusters[position].moving.contains(releases[index].key) {
            releases[index].status = random.chance(0.95) ? "DEPLOYED" : "FAILED"
            releases[index].description = Catalogue.description(of: releases[index].status)
            releases[index].updatedAt = instant
        }
        clusters[position].moving = []
        // Around the number of releases it began with: fewer install more, more uninstall more.
        let lean = 2 * (releases.count - options.releases)
        let happening = random.below(100)
        switch happening {
        case ..<max(5, 20 - lean):
            var taken = Set(releases.map(\.key))
            let release = release(createdAt: instant, isNew: true, taken: &taken, using: &random)
            releases.append(release)
            clusters[position].moving = [release.key]
        case (80 - min(max(lean, -10), 40))..<100 where !releases.isEmpty:
            releases.remove(at: random.below(releases.count))
        default:
            guard !releases.isEmpty else { break }
            let index = random.below(releases.count)
            let isPending = random.chance(0.3)
            releases[index].version += 1
            releases[index].chartVersion = Self.next(after: releases[index].chartVersion, using: &random)
            releases[index].status = isPending ? "PENDING_UPGRADE" : "DEPLOYED"
            releases[index].description = Catalogue.description(of: releases[index].status)
            releases[index].updatedAt = instant
            releases[index].valuesSeed = random.next()
            if isPending { clusters[position].moving = [releases[index].key] }
        }
        clusters[position].releases = releases
        return position
    }

    // MARK: -

    /// UUID form, as the cloud writes its ids.
    private static func identifier(using random: inout SplitMix64) -> String {
        "\(random.digits(8))-\(random.digits(4))-11ee-\(random.digits(4))-0255ac10\(random.digits(4))"
    }
    private static func falls(_ number: Int, share: Double) -> Bool {
        let share = min(max(share, 0), 1)
        return Int(Double(number + 1) * share) > Int(Double(number) * share)
    }
    /// The same version with the first number that allows it counted up; other texts stay.
    private static func next(after version: String, using random: inout SplitMix64) -> String {
        var numbers = version.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard numbers.count == 3, let patch = Int(numbers[2]), let minor = Int(numbers[1]) else { return version }
        if random.chance(0.25) {
            numbers[1] = String(minor + 1)
            numbers[2] = "0"
        } else {
            numbers[2] = String(patch + 1)
        }
        return numbers.joined(separator: ".")
    }
}
