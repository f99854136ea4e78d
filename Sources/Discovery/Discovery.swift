import CCE
import Locking
import Logging
import ReleaseModel
import Timing

/// Knows which clusters exist now. Publishes full sets over time; each source is asked on its own, so that a region
/// that does not answer neither delays nor removes another's clusters.
package final class Discovery: Sendable {
    private let directory: any ClusterDirectory
    private let gates: CredentialGates
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
        directory: any ClusterDirectory, gates: CredentialGates, timeout: Duration, time: any TimeSource, logger: Logger
    ) {
        self.directory = directory
        self.gates = gates
        self.timeout = timeout
        self.time = time
        self.logger = logger
        let before = previous?.merged.withLock { $0 }
        let sources = sources.flatMap { config in
            config.kinds.map { DiscoverySource(config: config, kind: $0, continuing: before?.sources ?? []) }
        }
        merged = Lock(ClusterSet(configured: clusters, sources: sources, previous: before?.current))
    }

    /// How each source stands, in the order of the configuration.
    package var sources: [DiscoverySourceState] { merged.withLock { $0.sources.map(\.state) } }

    /// Calls `publish` with what is known, now and after every change, until the task is cancelled.
    ///
    /// Configured clusters are known at once. Without any, none is until every source has been tried and one has
    /// answered. One that continues another knows the other's clusters until every source has been tried.
    package func run(publish: @Sendable (KnownClusters) -> Void) async {
        let (rounds, round) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let count = merged.withLock { $0.sources.count }
        await withDiscardingTaskGroup { group in
            for index in 0..<count { group.addTask { await self.follow(index) { round.yield() } } }
            round.yield()
            var published: KnownClusters?
            for await _ in rounds {
                let known = merged.withLock(\.known)
                guard known != published else { continue }
                published = known
                publish(known)
            }
            group.cancelAll()
        }
    }

    // MARK: - One source

    /// Asks one source round after round.
    private func follow(_ index: Int, afterRound: @Sendable () -> Void) async {
        let source = merged.withLock { $0.sources[index] }
        var projectID = source.config.projectID
        while !Task.isCancelled {
            let next: Duration
            do throws(CallFailure) {
                let project = try await project(of: source, known: projectID)
                projectID = project
                let listed = try await call(source.config.credential) { key throws(CallFailure) in
                    try await self.directory.clusters(
                        region: source.config.region, projectID: project, kind: source.kind,
                        key: key, timeout: self.timeout)
                }
                next = succeed(index, listed, projectID: project)
            } catch {
                guard !Task.isCancelled else { return }
                next = error.isCancelled ? Self.firstRetry : fail(index, error)
            }
            afterRound()
            guard (try? await time.sleep(for: next)) != nil else { return }
        }
    }

    private func project(of source: DiscoverySource, known: String?) async throws(CallFailure) -> String {
        if let known { return known }
        return try await call(source.config.credential) { key throws(CallFailure) in
            try await self.directory.projectID(
                region: source.config.region, key: key, timeout: self.timeout)
        }
    }

    /// One call through the credential's gate: waits for a first verdict, but not for the end of a refusal. A key that
    /// is replaced before the call is sent takes it through the gate again, and so does a time that was wrong.
    private func call<Answer: Sendable>(
        _ credential: String, _ body: @Sendable (AdmittedKey) async throws(CallFailure) -> Answer
    ) async throws(CallFailure) -> Answer {
        while true {
            switch gates.admit(credential, now: time.uptime) {
            case .unknown(let detail):
                throw CallFailure(.unauthorized, detail: detail)
            case .hold(let until, .refused):
                throw CallFailure(
                    gates.standing(of: credential, now: time.uptime)?.kind ?? .unauthorized,
                    detail: "held back: its credential is refused",
                    retryAfter: until - time.uptime)
            case .hold(let until, _):
                guard (try? await time.sleep(until: until)) != nil else {
                    throw CallFailure(.cancelled, detail: "cancelled")
                }
            case .go(let permit):
                do throws(CallFailure) {
                    let answer = try await body(permit.key)
                    gates.report(nil, of: permit, now: time.uptime)
                    return answer
                } catch {
                    let outcome = gates.report(error, of: permit, now: time.uptime)
                    guard error.isKeyReplaced || outcome == .clockCorrected, !Task.isCancelled else { throw error }
                }
            }
        }
    }

    /// How long to wait for the next round.
    private func succeed(_ index: Int, _ listed: ListedClusters, projectID: String) -> Duration {
        let now = time.wall
        let (failures, source) = merged.withLock { set in
            let failures = set.sources[index].failuresInRow
            set.sources[index].succeed(listed, projectID: projectID, at: now)
            return (failures, set.sources[index])
        }
        if failures > 0 { logger.info("discovery answers again", metadata: source.metadata) }
        return source.config.interval * Double.random(in: 0.9...1.1)
    }

    private func fail(_ index: Int, _ failure: CallFailure) -> Duration {
        let now = time.wall
        let source = merged.withLock { set in
            set.sources[index].fail(failure, at: now)
            return set.sources[index]
        }
        if source.failuresInRow == 1 {
            logger.warning(
                "discovery fails",
                metadata: source.metadata.merging(["reason": "\(failure.reason.rawValue)"]) { $1 })
        }
        let window = min(source.config.interval, Self.firstRetry * (1 << min(source.failuresInRow - 1, 10)))
        let pause = window * Double.random(in: 0.5...1)
        return max(pause, min(failure.retryAfter ?? .zero, source.config.interval))
    }
}

extension DiscoverySource {
    fileprivate var metadata: Logger.Metadata {
        ["region": "\(config.region)", "kind": "\(kind.rawValue)", "credential": "\(config.credential)"]
    }
}
