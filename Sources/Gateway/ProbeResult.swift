import CCE
import Credentials
import Discovery
import ReleaseModel
import Settings

/// What `check --probe` found.
package struct ProbeResult: Sendable {
    /// Every cluster that is asked has answered, and every source of discovery too; at least one cluster is known.
    package let allAnswered: Bool
    /// The credentials; then a head, a line for each cluster, and one for each source that failed.
    package let table: [String]

    init(
        entries: [ClusterEntry], sources: [DiscoverySourceState], durations: [ClusterID: Duration],
        credentials: [CredentialReading]
    ) {
        let failedSources = sources.filter { $0.lastSuccess == nil }
        allAnswered =
            failedSources.isEmpty && !entries.isEmpty
            && entries.allSatisfy { $0.cluster.skip != nil || $0.standing.lastFailure == nil && $0.part != nil }
        var rows = [["CLUSTER", "NAME", "REGION", "STATE", "RELEASES", "MS"]]
        for entry in entries {
            rows.append([
                entry.cluster.id.text, entry.cluster.name, entry.cluster.region, Self.state(of: entry),
                entry.part.map { "\($0.rows.count)" } ?? "-",
                durations[entry.cluster.id].map { "\(Int($0 / .milliseconds(1)))" } ?? "-",
            ])
        }
        for source in failedSources {
            let reason = source.lastFailure.map { "\($0.reason.rawValue): \($0.detail)" } ?? "no answer in time"
            rows.append(["discovery", source.kind.rawValue, source.region, reason, "-", "-"])
        }
        table = Self.aligned(Self.rows(of: credentials)) + [""] + Self.aligned(rows)
    }

    /// Where each credential comes from and how long it lasts; nothing of the key.
    private static func rows(of credentials: [CredentialReading]) -> [[String]] {
        [["CREDENTIAL", "SOURCE", "STATE", "EXPIRES IN"]]
            + credentials.map { one in
                let failure = one.failure.map { "\($0.reason.rawValue): \($0.detail)" }
                return [
                    one.name, one.kind.rawValue, one.isHeld ? "there" : failure ?? "not there",
                    one.timeLeft.map { "\($0.components.seconds)s" } ?? "-",
                ]
            }
    }

    private static func state(of entry: ClusterEntry) -> String {
        if let skip = entry.cluster.skip { return "skipped: \(skip.rawValue)" }
        if let failure = entry.standing.lastFailure {
            return failure.detail.isEmpty ? failure.reason.rawValue : "\(failure.reason.rawValue): \(failure.detail)"
        }
        return entry.part == nil ? "no answer in time" : "ok"
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let rows = rows.map { $0.map { PrintableText.escaped($0, limit: 100) } }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
