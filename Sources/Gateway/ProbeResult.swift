import CCE
import Credentials
import Discovery
import ReleaseModel
import Settings

/// What `check --probe` found.
package struct ProbeResult: Sendable {
    /// Every cluster that is asked has answered, and every source of discovery too; at least one cluster is known.
    package let allAnswered: Bool
    /// The credentials; then a table of where clusters were looked for, when they were, with a line for each project and
    /// kind of cluster; then one with a line for each cluster.
    package let table: [String]

    /// What is known of one credential.
    struct CredentialLine: Sendable {
        let reading: CredentialReading
        /// As IAM says; nil: nobody was asked.
        let account: Result<CloudAccount?, CallFailure>?
        /// As the configuration says.
        let identity: String?
    }

    init(
        entries: [ClusterEntry], sources: [DiscoverySourceState], durations: [ClusterID: Duration],
        credentials: [CredentialLine]
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
        table = Self.aligned(Self.rows(of: credentials)) + [""] + Self.places(sources) + Self.aligned(rows)
    }

    /// Where each credential comes from, how long it lasts and whose it is; nothing of the key.
    private static func rows(of credentials: [CredentialLine]) -> [[String]] {
        [["CREDENTIAL", "SOURCE", "STATE", "EXPIRES IN", "WHO"]]
            + credentials.map { line in
                let one = line.reading
                let failure = one.failure.map { "\($0.reason.rawValue): \($0.detail)" }
                let who = [line.identity, account(line.account)].compactMap { $0 }.joined(separator: ", ")
                return [
                    one.name, one.kind.rawValue, one.isHeld ? "there" : failure ?? "not there",
                    one.timeLeft.map { "\($0.components.seconds)s" } ?? "-", who.isEmpty ? "-" : who,
                ]
            }
    }
    private static func account(_ answer: Result<CloudAccount?, CallFailure>?) -> String? {
        switch answer {
        case nil: nil
        case .success(nil): "no account told"
        case .success(let account?): "account \(account.name.isEmpty ? "" : "\(account.name) ")(\(account.id))"
        case .failure(let failure): "account not told: \(failure.reason.rawValue)"
        }
    }

    private static func places(_ sources: [DiscoverySourceState]) -> [String] {
        guard !sources.isEmpty else { return [] }
        var rows = [["REGION", "PROJECT", "PROJECT ID", "FOR", "CREDENTIAL", "FOUND", "STATE"]]
        for source in sources {
            let failure = source.lastFailure.map {
                $0.detail.isEmpty ? $0.reason.rawValue : "\($0.reason.rawValue): \($0.detail)"
            }
            let state = failure ?? (source.lastSuccess == nil ? "no answer in time" : "ok")
            rows.append([
                source.region, source.project?.name ?? "-", source.project?.id ?? "-", source.asksFor,
                source.credential, source.lastSuccess == nil ? "-" : "\(source.found)", state,
            ])
        }
        return aligned(rows) + [""]
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
