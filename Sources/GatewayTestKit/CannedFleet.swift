import ReleaseModel
import Timing

/// Fleets of clusters with releases, random from a seed. Values repeat, nulls and oddities occur, so that filters find
/// something, orders have ties, and comparing text in another way than by bytes shows.
///
/// Content hashes are digests of this kit's own, not those of the gateway; equal content gives equal hashes all the same.
package struct CannedFleet: Sendable {
    /// Sorted by id.
    package private(set) var clusters: [Cluster]
    /// One list for each cluster, sorted by identity.
    package private(set) var rows: [[Release]]
    /// One for each cluster.
    package var standings: [Standing]
    private var generator: SeededGenerator

    /// - Parameters:
    ///   - releases: how many in each cluster.
    ///   - longTexts: some texts are far beyond the cloud's limits, with beginnings in common.
    package init(seed: UInt64, clusters count: Int, releases: ClosedRange<Int>, longTexts: Bool = false) {
        var generator = SeededGenerator(seed: seed)
        var ids: Set<String> = []
        while ids.count < count { ids.insert(Self.id(&generator)) }
        clusters = ids.sorted().compactMap { ClusterID($0) }.map { Self.cluster($0, &generator, longTexts: longTexts) }
        rows = clusters.map { _ in
            var found: [String: Release] = [:]
            for _ in 0..<Int.random(in: releases, using: &generator) {
                let row = Self.release(&generator, longTexts: longTexts)
                found["\(row.namespace)\u{0}\(row.name)"] = row
            }
            return Self.sorted(Array(found.values))
        }
        standings = clusters.map { _ in
            Standing(lastSuccess: Standing.Success(sentAt: Self.now, sentUptime: .seconds(1000)))
        }
        self.generator = generator
    }

    /// The time by which rows were updated some time ago.
    package static let now = Instant(seconds: 1_790_000_000)

    package var snapshot: Snapshot {
        let entries = clusters.indices.map { index in
            Self.entry(clusters[index], rows[index], standings[index])
        }
        return Snapshot(entries: entries, id: entries.reduce(.zero) { $0 &+ $1.contentHash })
    }

    /// One entry for a cluster with those rows, sorted here.
    package static func entry(_ cluster: Cluster, _ rows: [Release], _ standing: Standing) -> ClusterEntry {
        let rows = sorted(rows)
        let part = ClusterPart(
            rows: rows, rowHashes: rows.map { digest($0).words.0 },
            contentHash: rows.reduce(digest("part")) { $0 &+ digest($1) }, dropped: 0, repaired: 0)
        let labels = cluster.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ClusterEntry(
            cluster: cluster, part: part, standing: standing,
            contentHash: part.contentHash
                &+ digest("\(cluster.id) \(cluster.name) \(cluster.region) \(cluster.projectID ?? "") \(labels)"))
    }

    /// About `percent` of the rows are changed, removed or joined by new ones, and some clusters renamed.
    package mutating func churn(percent: Int) {
        for index in clusters.indices {
            var found = rows[index].filter { _ in !generator.chance(percent) }
            for row in found.indices where generator.chance(percent) {
                let other = Self.release(&generator, longTexts: false)
                found[row].version = other.version
                found[row].status = other.status
                found[row].updateAt = other.updateAt
                found[row].chartVersion = other.chartVersion
            }
            let known = Set(found.map { "\($0.namespace)\u{0}\($0.name)" })
            for _ in 0..<(rows[index].count * percent + 50) / 100 {
                let row = Self.release(&generator, longTexts: false)
                if !known.contains("\(row.namespace)\u{0}\(row.name)"),
                    !found.contains(where: { $0.namespace == row.namespace && $0.name == row.name })
                {
                    found.append(row)
                }
            }
            rows[index] = Self.sorted(found)
            if generator.chance(percent / 4) { clusters[index].name = Self.name(&generator) }
        }
    }

    // MARK: -

    private static func sorted(_ rows: [Release]) -> [Release] {
        rows.sorted { left, right in
            left.namespace.utf8.elementsEqual(right.namespace.utf8)
                ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
                : left.namespace.utf8.lexicographicallyPrecedes(right.namespace.utf8)
        }
    }

    /// FNV-1a, spread over four words.
    private static func digest(_ text: String) -> ContentHash {
        let sum = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var generator = SeededGenerator(seed: sum)
        return ContentHash(words: (generator.next(), generator.next(), generator.next(), generator.next()))
    }

    private static func digest(_ row: Release) -> ContentHash {
        let texts = [row.chartName, row.chartVersion, row.status, row.statusDescription, row.description]
            .map { $0 ?? "\u{1}" }
        let numbers = [row.version.map { "\($0)" }, row.chartPublic.map { "\($0)" }].map { $0 ?? "" }
        let times = [row.createAt, row.updateAt].map { $0.map { "\($0.seconds).\($0.nanoseconds)" } ?? "" }
        return digest(([row.namespace, row.name] + texts + numbers + times).joined(separator: "\u{0}"))
    }

    private static func id(_ generator: inout SeededGenerator) -> String {
        let digits = Array("0123456789abcdef")
        func group(_ length: Int, _ generator: inout SeededGenerator) -> String {
            String((0..<length).map { _ in generator.pick(digits) })
        }
        return [8, 4, 4, 4, 12].map { group($0, &generator) }.joined(separator: "-")
    }

    private static func name(_ generator: inout SeededGenerator) -> String {
        generator.pick(["prod", "test", "sfs-turbo", "Éclair", "e\u{301}clair", "集群", "shop"])
            + generator.pick(["", "-1", "-2", "-10", "-a"])
    }

    private static func cluster(
        _ id: ClusterID, _ generator: inout SeededGenerator, longTexts: Bool
    ) -> Cluster {
        var labels: [String: String] = [:]
        if generator.chance(70) { labels["env"] = generator.pick(["prod", "test", "dev"]) }
        if generator.chance(30) { labels["team"] = generator.pick(["a", "b*", "c,d", "!e", "f\\g"]) }
        return Cluster(
            id: id, name: longTexts && generator.chance(30) ? long(&generator) : name(&generator),
            region: generator.pick(["cn-north-4", "cn-north-1", "eu-west-101"]),
            projectID: generator.chance(80) ? generator.pick(["0f01", "0f02", "0a"]) : nil,
            kind: generator.pick(Cluster.Kind.allCases), labels: labels, credential: "canned")
    }

    private static func release(_ generator: inout SeededGenerator, longTexts: Bool) -> Release {
        func maybe<Value>(_ percent: Int, _ value: Value) -> Value? { generator.chance(percent) ? value : nil }
        let namespace = generator.pick(["default", "kube-system", "monitoring", "shop", "ns-é", "NS"])
        let stem = generator.pick(["redis", "mysql", "nginx", "api", "web", "redis-é", "Redis", "*", "a,b", "!x"])
        let name = generator.chance(70) ? "\(stem)-\(Int.random(in: 0..<1000, using: &generator))" : stem
        let statuses = [
            "DEPLOYED", "DEPLOYED", "DEPLOYED", "DELETED", "FAILED", "DELETING", "PENDING_INSTALL", "PENDING_UPGRADE",
            "PENDING_ROLLBACK", "UNKNOWN", "SUPERSEDED", "odd-word",
        ]
        let versions = [
            "1.0.0", "1.2.0", "1.10.0", "v1.2.0", "1.2.0-rc.1", "1.2.0-rc.10", "1.2.0+build.7", "2.0.0", "2.0",
            "latest",
            "18446744073709551616.0.0", "18446744073709551617.0.0", "01.2.3",
        ]
        let age = Int64.random(in: 0..<14 * 86_400, using: &generator)
        let status = maybe(95, generator.pick(statuses))
        return Release(
            namespace: longTexts && generator.chance(30) ? long(&generator) : namespace,
            name: longTexts && generator.chance(30) ? long(&generator) : name,
            version: maybe(90, Int64.random(in: 1...9, using: &generator)),
            chartName: maybe(90, longTexts && generator.chance(30) ? long(&generator) : stem),
            chartVersion: maybe(90, longTexts && generator.chance(30) ? long(&generator) : generator.pick(versions)),
            chartPublic: maybe(80, generator.chance(50)), status: status, statusDescription: status,
            description: maybe(60, generator.pick(["Install complete", "ÉCHEC of hooks", "upgrade \"x\" failed\n"])),
            createAt: maybe(90, now - .seconds(age * 2)),
            updateAt: maybe(90, Instant(seconds: (now - .seconds(age)).seconds, nanoseconds: Int32(age % 3))))
    }

    /// 300 to 700 bytes, of which at least the first 290 are shared with others.
    private static func long(_ generator: inout SeededGenerator) -> String {
        String(repeating: generator.pick(["long", "1.2.3"]), count: 73)
            + String(repeating: generator.pick(["a", "b", "é"]), count: Int.random(in: 1...40, using: &generator) * 5)
    }
}
