import CCE
import Locking
import Logging
import ReleaseModel
import Timing

/// Knows which clusters exist now. Publishes full sets over time; each source is asked on its own, so that a region
/// that does not answer neither delays nor removes another's clusters.
package final class Discovery: Sendable {
    private let directory: any ClusterDirectory
    private let lane: any CallLane
    private let time: any TimeSource
    private let timeout: Duration
    private let logger: Logger
    private let merged: Lock<ClusterSet>

    /// After failed rounds: doubles from here up to the source's interval.
    private static let firstRetry: Duration = .seconds(5)

    /// - Parameters:
    ///   - previous: what it has found stays, for the sources that are the same, until this one has asked.
    ///   - timeout: bounds one call.
    package init(
        clusters: [ClusterConfig], sources: [DiscoveryConfig], continuing previous: Discovery? = nil,
        directory: any ClusterDirectory, lane: any CallLane, timeout: Duration, time: any TimeSource, logger: Logger
    ) {
        self.directory = directory
        self.lane = lane
        self.timeout = timeout
        self.time = time
        self.logger = logger
        let before = previous?.merged.withLock { $0 }
        merged = Lock(ClusterSet(configured: clusters, discovery: sources, continuing: before))
    }

    /// How each source stands, in the order of the configuration.
    package var sources: [DiscoverySourceState] { merged.withLock(\.states) }
    /// Projects are looked up and every source has been asked, as far as they are known now.
    package var hasTriedAll: Bool { merged.withLock { $0.entries.allSatisfy(\.hasTried) } }

    /// Calls `publish` with what is known, now and after every change, until the task is cancelled.
    ///
    /// Configured clusters are known at once. Without any, none is until every source has been tried and one has
    /// answered. One that continues another knows the other's clusters until every source has been tried.
    package func run(publish: @Sendable (KnownClusters) -> Void) async {
        let (rounds, round) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            for entry in merged.withLock(\.searches) {
                group.addTask { await self.followProjects(of: entry) { round.yield() } }
            }
            round.yield()
            var published: KnownClusters?
            var asked: Set<Int> = []
            for await _ in rounds {
                let (known, sources) = merged.withLock { ($0.known, $0.sources) }
                for source in sources where asked.insert(source).inserted {
                    group.addTask { await self.follow(source) { round.yield() } }
                }
                guard known != published else { continue }
                published = known
                publish(known)
            }
            group.cancelAll()
        }
    }

    // MARK: - Rounds

    /// Asks one source round after round, while there is one of that number.
    private func follow(_ number: Int, afterRound: @Sendable () -> Void) async {
        while !Task.isCancelled, let source = merged.withLock({ $0.source(number) }) {
            let next: Duration
            do throws(CallFailure) {
                let listed = try await lane.call(
                    try directory.clusterEndpoint(of: source.project.region), credential: source.config.credential
                ) { key throws(CallFailure) in
                    try await self.directory.clusters(
                        of: source.project, kind: source.kind, key: key, timeout: self.timeout)
                }
                let now = time.wall
                merged.withLock { $0.change(source: number) { $0.succeed(listed, at: now) } }
                next = succeeded(source.config, after: source.rounds, source.metadata)
            } catch {
                guard !Task.isCancelled else { return }
                let now = time.wall
                if !error.isCancelled { merged.withLock { $0.change(source: number) { $0.fail(error, at: now) } } }
                next = failed(error, source.config, after: source.rounds, source.metadata)
            }
            afterRound()
            guard (try? await time.sleep(for: next)) != nil else { return }
        }
    }

    /// Looks up the projects of one entry: once, or round after round.
    private func followProjects(of entry: Int, afterRound: @Sendable () -> Void) async {
        while !Task.isCancelled {
            let search = merged.withLock { $0.entries[entry].search }
            guard !search.isOver else { return }
            let next: Duration
            do throws(CallFailure) {
                let found = try await projects(search.config)
                let now = time.wall
                merged.withLock { $0.succeed(entry: entry, found, at: now) }
                next = succeeded(search.config, after: search.rounds, search.metadata)
            } catch {
                guard !Task.isCancelled else { return }
                let now = time.wall
                if !error.isCancelled { merged.withLock { $0.fail(entry: entry, error, at: now) } }
                next = failed(error, search.config, after: search.rounds, search.metadata)
            }
            afterRound()
            if merged.withLock({ $0.entries[entry].search.isOver }) { return }
            guard (try? await time.sleep(for: next)) != nil else { return }
        }
    }

    private func projects(_ config: DiscoveryConfig) async throws(CallFailure) -> [FoundProject] {
        try await lane.call(
            try directory.projectEndpoint(of: config.regionID), credential: config.credential
        ) { key throws(CallFailure) in
            if config.projects == .main, let region = config.regionID {
                return [try await self.directory.mainProject(of: region, key: key, timeout: self.timeout)]
            }
            return try await self.directory.projects(of: config.regionID, key: key, timeout: self.timeout)
        }
    }

    /// How long to wait for the next round.
    private func succeeded(_ config: DiscoveryConfig, after before: Rounds, _ metadata: Logger.Metadata) -> Duration {
        if before.failuresInRow > 0 { logger.info("discovery answers again", metadata: metadata) }
        return config.interval * Double.random(in: 0.9...1.1)
    }

    private func failed(
        _ failure: CallFailure, _ config: DiscoveryConfig, after before: Rounds, _ metadata: Logger.Metadata
    ) -> Duration {
        if failure.isCancelled { return Self.firstRetry }
        if before.failuresInRow == 0 {
            var told = metadata
            told["reason"] = "\(failure.reason.rawValue)"
            told["upstream_request_id"] = "\(failure.upstreamRequestID ?? "")"
            // What the cloud wrote is for who looks for the cause, not for every log; what we found wrong is the cause.
            let isOurs = failure.status == nil || failure.status == 200
            if isOurs { told["detail"] = "\(failure.detail)" }
            logger.warning("discovery fails", metadata: told)
            if !isOurs {
                told["detail"] = "\(failure.detail)"
                logger.debug("what the cloud said", metadata: told)
            }
        }
        let window = min(config.interval, Self.firstRetry * (1 << min(before.failuresInRow, 10)))
        let pause = window * Double.random(in: 0.5...1)
        return max(pause, min(failure.retryAfter ?? .zero, config.interval))
    }
}

extension DiscoverySource {
    fileprivate var metadata: Logger.Metadata {
        [
            "region": "\(project.region)", "project_id": "\(project.id)", "kind": "\(kind.rawValue)",
            "credential": "\(config.credential)",
        ]
    }
}
extension ProjectSearch {
    fileprivate var metadata: Logger.Metadata {
        ["region": "\(config.region)", "kind": "projects", "credential": "\(config.credential)"]
    }
}
