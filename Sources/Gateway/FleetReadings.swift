import Discovery
import Locking
import Query
import ReleaseModel
import Telemetry
import Timing

/// What the newest snapshot says of the fleet, for `/metrics`.
///
/// Clusters beyond `limit`, by id, are one series `other` together. What is counted of rows is kept by cluster until the
/// rows change, so that a scrape of an unchanged fleet walks over clusters, not over releases.
final class FleetReadings: Sendable {
    static let clusters = GatewayMetrics.gauge("clusters", ["state"], "Clusters by coverage state.")
    static let info = GatewayMetrics.gauge(
        "cluster_info", ["cluster", "cluster_name", "region", "kind"], "Always 1; names for the ids of clusters.")
    static let age = GatewayMetrics.gauge("cluster_age_seconds", ["cluster"], "Age of the rows held of a cluster.")
    static let failing = GatewayMetrics.gauge(
        "cluster_failing", ["cluster", "reason"], "1 while the last call of a cluster failed.")
    static let oldest = GatewayMetrics.gauge(
        "oldest_rows_age_seconds", "Age of the oldest rows held, skipped clusters aside.")
    static let lag = GatewayMetrics.gauge(
        "refresh_lag_seconds", "How long the most belated cluster is without a success beyond the refresh interval.")
    static let releases = GatewayMetrics.gauge("releases", ["cluster", "status"], "Releases held.")
    static let stuck = GatewayMetrics.gauge(
        "releases_stuck", ["cluster"], "Releases on their way somewhere and not updated for 15 minutes.")
    static let dropped = GatewayMetrics.gauge(
        "rows_dropped", ["cluster"], "Rows of the newest answer that could not be used.")
    static let repaired = GatewayMetrics.gauge(
        "rows_repaired", ["cluster"], "Fields of the newest answer that had a wrong type.")
    static let snapshotReleases = GatewayMetrics.gauge("snapshot_releases", "Releases in the newest snapshot.")
    static let snapshotBytes = GatewayMetrics.gauge("snapshot_bytes", "Memory of the rows of the newest snapshot.")
    static let discoveryUp = GatewayMetrics.gauge(
        "discovery_up", ["region", "project_id", "kind", "credential"],
        "1 when the last round of a source of clusters succeeded, or of the look-up of its projects.")
    static let discoveryClusters = GatewayMetrics.gauge(
        "discovery_clusters", ["region", "project_id", "kind", "credential"], "Clusters that a source has found.")
    static let discoverySuccess = GatewayMetrics.gauge(
        "discovery_last_success_timestamp_seconds", ["region", "project_id", "kind", "credential"],
        "Unix time of the last round of a source that succeeded.")
    static let families = [
        clusters, info, age, failing, oldest, lag, releases, stuck, dropped, repaired, snapshotReleases, snapshotBytes,
        discoveryUp, discoveryClusters, discoverySuccess,
    ]

    /// What `releases_stuck` means by stuck; an upgrade that waits for its hooks takes minutes.
    static let stuckAfter = Duration.seconds(15 * 60)

    private struct Kept {
        let content: ContentHash
        let rows: RowSummary
    }
    private struct State {
        var rows: [ClusterID: Kept] = [:]
        /// When a cluster was first seen that has not answered yet.
        var awaited: [ClusterID: Duration] = [:]
    }
    private let limit: Int
    private let maxAge: Duration
    private let refreshInterval: Duration
    private let time: any TimeSource
    private let state = Lock(State())

    /// - Parameters:
    ///   - limit: `telemetry.clusters`.
    ///   - maxAge: what counts as fresh.
    init(limit: Int, maxAge: Duration, refreshInterval: Duration, time: any TimeSource) {
        self.limit = limit
        self.maxAge = maxAge
        self.refreshInterval = refreshInterval
        self.time = time
    }

    /// Adds what there is to say. Walks over all clusters: from a task.
    func read(_ snapshot: Snapshot?, into readings: inout MetricReadings) {
        let now = time.uptime
        let entries = snapshot?.entries ?? []
        let coverage = snapshot.map {
            Coverage(
                of: $0, entries: Array(entries.indices), gaps: $0.gaps,
                rule: FreshnessRule(maxAge: maxAge, askedAt: now),
                uptime: now, onMissing: .stale)
        }
        for state in Coverage.State.allCases {
            readings.add(Self.clusters, [state.rawValue], coverage?.count(state) ?? 0)
        }
        let summaries = summarize(entries, now: now)
        var fleet = FleetSums(limit: limit, stuckBefore: time.wall - Self.stuckAfter)
        for (entry, rows) in zip(entries, summaries.rows) { fleet.add(entry, rows, now: now) }
        fleet.write(to: &readings)
        var lag = Duration.zero
        for entry in entries where entry.cluster.skip == nil {
            let since = entry.standing.lastSuccess?.sentUptime ?? summaries.awaited[entry.cluster.id] ?? now
            lag = max(lag, now - since - refreshInterval)
        }
        readings.add(Self.lag, lag)
        readings.add(Self.snapshotReleases, entries.reduce(0) { $0 + ($1.part?.count ?? 0) })
        readings.add(Self.snapshotBytes, entries.reduce(0) { $0 + ($1.part?.byteCount ?? 0) })
    }

    func read(_ sources: [DiscoverySourceState], into readings: inout MetricReadings) {
        var seen: Set<[String]> = []
        for source in sources {
            let labels = [source.region, source.project?.id ?? "", source.asksFor, source.credential]
            // The same source twice in the configuration says nothing new.
            guard seen.insert(labels).inserted else { continue }
            readings.add(Self.discoveryUp, labels, source.lastSuccess != nil && source.lastFailure == nil ? 1 : 0)
            if source.kind != nil { readings.add(Self.discoveryClusters, labels, source.found) }
            if let success = source.lastSuccess { readings.add(Self.discoverySuccess, labels, success.unixSeconds) }
        }
    }

    private func summarize(
        _ entries: [ClusterEntry], now: Duration
    ) -> (rows: [RowSummary?], awaited: [ClusterID: Duration]) {
        state.withLock { state in
            var next = State()
            var rows: [RowSummary?] = []
            rows.reserveCapacity(entries.count)
            for entry in entries {
                let id = entry.cluster.id
                if let part = entry.part {
                    let known = state.rows[id].flatMap { $0.content == part.contentHash ? $0 : nil }
                    let kept = known ?? Kept(content: part.contentHash, rows: RowSummary(part))
                    next.rows[id] = kept
                    rows.append(kept.rows)
                } else {
                    rows.append(nil)
                }
                if entry.standing.lastSuccess == nil { next.awaited[id] = state.awaited[id] ?? now }
            }
            state = next
            return (rows, next.awaited)
        }
    }
}

extension Instant {
    var unixSeconds: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
}
