import Cryptography
import JSON
import ReleaseModel
import Timing

/// Builds snapshots as the inventory would, from a few words.
struct Fleet {
    struct Member {
        var cluster: Cluster
        var rows: [Release]?
        var standing: Standing
        var dropped = 0
        var repaired = 0
    }
    var members: [Member] = []
    var gaps: [DiscoveryGap] = []

    /// `names` become clusters `c-<name>` that answered `rows(name)` at the moment given.
    static func fresh(
        _ names: [String], at time: any TimeSource, rows: (String) -> [Release] = { [.sample("default", "app-\($0)")] }
    ) -> Fleet {
        var fleet = Fleet()
        for name in names { fleet.add(name, rows: rows(name), at: time) }
        return fleet
    }

    mutating func add(
        _ name: String, rows: [Release]?, at time: any TimeSource, ago: Duration = .zero, failure: Reason? = nil,
        skip: Reason? = nil, labels: [String: String] = [:], dropped: Int = 0, pending: Bool = false
    ) {
        var standing = Standing(isPending: pending)
        if rows != nil {
            standing.lastSuccess = Standing.Success(sentAt: time.wall - ago, sentUptime: time.uptime - ago)
        }
        if let failure {
            standing.lastFailure = Standing.Failure(
                reason: failure, at: time.wall, atUptime: time.uptime, upstreamRequestID: "upstream-1",
                detail: "said by the cloud")
        }
        let cluster = Cluster(
            id: id(name), name: name, region: "cn-north-4", projectID: "project-1", labels: labels,
            credential: "prod", skip: skip)
        members.append(Member(cluster: cluster, rows: rows, standing: standing, dropped: dropped))
    }

    subscript(name: String) -> Member {
        get { members[members.firstIndex { $0.cluster.id == id(name) } ?? 0] }
        set { members[members.firstIndex { $0.cluster.id == id(name) } ?? 0] = newValue }
    }

    func snapshot() -> Snapshot {
        var sum = ContentHash.zero
        let entries = members.sorted { $0.cluster.id < $1.cluster.id }.map { member in
            let part = member.rows.map { ClusterPart.of($0, dropped: member.dropped, repaired: member.repaired) }
            var text = "\(member.cluster.id) \(member.cluster.name) \(member.cluster.region)"
            for (key, value) in member.cluster.labels.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
            let hash = ContentHash(digest: sha256(Array(text.utf8) + (part?.contentHash.bytes ?? []))) ?? .zero
            sum = sum &+ hash
            return ClusterEntry(
                cluster: member.cluster, part: part, standing: member.standing, contentHash: hash)
        }
        return Snapshot(entries: entries, id: sum, gaps: gaps)
    }
}

/// The id that `Fleet` gives to a name.
func id(_ name: String) -> ClusterID { ClusterID("c-\(name)") ?? fallbackID }
private let fallbackID: ClusterID = {
    guard let id = ClusterID("c") else { preconditionFailure("c is an id") }
    return id
}()

extension ClusterPart {
    static func of(_ rows: [Release], dropped: Int = 0, repaired: Int = 0) -> ClusterPart {
        let sorted = rows.sorted {
            $0.namespace == $1.namespace
                ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
                : $0.namespace.utf8.lexicographicallyPrecedes($1.namespace.utf8)
        }
        let hashes = sorted.map { row in
            sha256("\(row)".utf8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        let content = sha256(hashes.flatMap { hash in withUnsafeBytesOf(hash) })
        return ClusterPart(
            rows: sorted, rowHashes: hashes, contentHash: ContentHash(digest: content) ?? .zero, dropped: dropped,
            repaired: repaired)
    }
}
private func withUnsafeBytesOf(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) }
}

extension Release {
    static func sample(
        _ namespace: String, _ name: String, version: Int64 = 1, status: String = "DEPLOYED",
        chart: String = "magento-mysql", updatedAt: Instant = Instant(seconds: 1_700_000_000),
        heavy: HeavyFields = HeavyFields()
    ) -> Release {
        Release(
            namespace: namespace, name: name, version: version, chartName: chart, chartVersion: "1.0.0",
            chartPublic: false, status: status, statusDescription: "Initial install underway",
            description: "Initial install underway", createAt: Instant(seconds: 1_699_965_057), updateAt: updatedAt,
            heavy: heavy)
    }
}
