import GatewayTestKit
import Query
import ReleaseModel
import Timing

extension PlainQuestion {
    /// Up to `terms` random filters and a random order over what `fleet` holds.
    init(_ generator: inout SeededGenerator, _ snapshot: Snapshot, terms: Int = 3) {
        let rows = PlainRow.all(of: snapshot, in: Array(snapshot.entries.indices))
        for _ in 0..<Int.random(in: 0...terms, using: &generator) { addTerm(&generator, rows) }
        if generator.chance(50) {
            var maker = PlainFilterMaker(seed: generator.next(), rows: rows, now: now)
            let filter = maker.filter()
            add("filter", filter.text, filter.holds)
        }
        addOrder(&generator)
        parameters.shuffle(using: &generator)
    }

    private mutating func add(_ name: String, _ value: String, _ predicate: @escaping (PlainRow) -> Bool) {
        parameters.append((name, value))
        predicates.append(predicate)
    }

    private mutating func addTerm(_ generator: inout SeededGenerator, _ rows: [PlainRow]) {
        switch Int.random(in: 0..<16, using: &generator) {
        case 0: addText("cluster_id", &generator, rows) { $0.cluster.id.text }
        case 1: addText("cluster_name", &generator, rows) { $0.cluster.name }
        case 2: addText("region", &generator, rows) { $0.cluster.region }
        case 3: addText("project_id", &generator, rows) { $0.cluster.projectID }
        case 4: addText("label.team", &generator, rows) { $0.cluster.labels["team"] }
        case 5: addText("label.env", &generator, rows) { $0.cluster.labels["env"] }
        case 6: addText("namespace", &generator, rows) { $0.release.namespace }
        case 7: addText("name", &generator, rows) { $0.release.name }
        case 8: addText("chart_name", &generator, rows) { $0.release.chartName }
        case 9: addCluster(&generator, rows)
        case 10: addStatus(&generator)
        case 11: addVersion(&generator)
        case 12: addChartVersion(&generator)
        case 13: addTimes(&generator)
        case 14: addWords(&generator)
        default:
            let value = generator.chance(50)
            let isNegated = generator.chance(30)
            add("chart_public", "\(isNegated ? "!" : "")\(value)") { ($0.release.chartPublic == value) != isNegated }
        }
    }

    /// A list over values that occur, some of them made patterns.
    private func list(
        _ generator: inout SeededGenerator, _ values: [String]
    ) -> (text: String, matches: (String) -> Bool, isNegated: Bool) {
        var patterns: [[PlainPiece]] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            var bytes = Array((values.isEmpty || generator.chance(5) ? "none" : generator.pick(values)).utf8)
            if bytes.isEmpty { bytes = Array("x".utf8) }
            if bytes.count > 200 { bytes = Array(bytes.prefix(200)) + Array("…".utf8) }
            var pieces: [PlainPiece] = [.text(bytes)]
            if generator.chance(50), bytes.allSatisfy({ $0 < 0x80 }) {
                let cut = Int.random(in: 0...bytes.count, using: &generator)
                let end = Int.random(in: cut...bytes.count, using: &generator)
                pieces = [.text(Array(bytes[..<cut])), .any, .text(Array(bytes[end...]))]
                if generator.chance(30) { pieces = [.any] + pieces }
                if generator.chance(20) { pieces.append(.any) }
            }
            patterns.append(pieces)
        }
        let isNegated = generator.chance(30)
        let text = patterns.map { pieces in
            pieces.map { piece in
                switch piece {
                case .any: "*"
                case .text(let bytes):
                    String(decoding: bytes.flatMap { "\\,!*".utf8.contains($0) ? [0x5C, $0] : [$0] }, as: UTF8.self)
                }
            }.joined()
        }.joined(separator: ",")
        return (
            (isNegated ? "!" : "") + text, { value in patterns.contains { plainMatch($0, Array(value.utf8)) } },
            isNegated
        )
    }

    private mutating func addText(
        _ name: String, _ generator: inout SeededGenerator, _ rows: [PlainRow], _ field: @escaping (PlainRow) -> String?
    ) {
        let (text, matches, isNegated) = list(&generator, rows.compactMap(field))
        add(name, text) { row in (field(row).map(matches) ?? false) != isNegated }
    }

    private mutating func addCluster(_ generator: inout SeededGenerator, _ rows: [PlainRow]) {
        let (text, matches, isNegated) = list(&generator, rows.flatMap { [$0.cluster.id.text, $0.cluster.name] })
        add("cluster", text) { (matches($0.cluster.id.text) || matches($0.cluster.name)) != isNegated }
    }

    private mutating func addStatus(_ generator: inout SeededGenerator) {
        let (text, words): (String, Set<String>) = generator.pick([
            ("DEPLOYED", ["DEPLOYED"]), ("deployed,failed", ["DEPLOYED", "FAILED"]),
            ("PENDING_*", ["PENDING_INSTALL", "PENDING_UPGRADE", "PENDING_ROLLBACK"]),
            ("pending-*", ["PENDING_INSTALL", "PENDING_UPGRADE", "PENDING_ROLLBACK"]),
            ("pending-install,SUPERSEDED", ["PENDING_INSTALL", "SUPERSEDED"]), ("odd*", ["odd-word"]),
        ])
        let isNegated = generator.chance(30)
        add("status", (isNegated ? "!" : "") + text) { row in
            (row.release.status.map(words.contains) ?? false) != isNegated
        }
    }

    private mutating func addVersion(_ generator: inout SeededGenerator) {
        let number = Int64.random(in: 0...10, using: &generator)
        let (text, matches): (String, (Int64) -> Bool) = generator.pick([
            ("\(number)", { $0 == number }), ("=\(number)", { $0 == number }), (">\(number)", { $0 > number }),
            ("<=\(number)", { $0 <= number }), (">2 <\(number)", { $0 > 2 && $0 < number }),
            ("1,>=\(number)", { $0 == 1 || $0 >= number }), ("!\(number),2", { $0 == number || $0 == 2 }),
        ])
        add("version", text) { row in (row.release.version.map(matches) ?? false) != text.hasPrefix("!") }
    }

    private mutating func addChartVersion(_ generator: inout SeededGenerator) {
        let bounds: [(String, String, (Int) -> Bool)] = [
            (">=1.2.0", "1.2.0", { $0 >= 0 }), ("<2", "2.0.0", { $0 < 0 }), ("=1.2", "1.2.0", { $0 == 0 }),
            (">v1.2.0-rc.1", "1.2.0-rc.1", { $0 > 0 }),
            ("<=18446744073709551616.0.0", "18446744073709551616.0.0", { $0 <= 0 }),
        ]
        func holds(_ bound: (String, String, (Int) -> Bool), _ text: String) -> Bool {
            guard let ours = PlainSemVer.parts(text), let theirs = PlainSemVer.parts(bound.1) else { return false }
            return bound.2(PlainSemVer.compare(ours, theirs))
        }
        let (one, other) = (generator.pick(bounds), generator.pick(bounds))
        let (text, matches): (String, (String) -> Bool) = generator.pick([
            (one.0, { holds(one, $0) }), ("\(one.0) \(other.0)", { holds(one, $0) && holds(other, $0) }),
            ("\(one.0),\(other.0)", { holds(one, $0) || holds(other, $0) }),
            ("1.2.*,latest", { $0.hasPrefix("1.2.") || $0 == "latest" }),
            ("v1.2.0", { $0 == "v1.2.0" }),
        ])
        let isNegated = generator.chance(30)
        add("chart_version", (isNegated ? "!" : "") + text) { row in
            (row.release.chartVersion.map(matches) ?? false) != isNegated
        }
    }

    private mutating func addTimes(_ generator: inout SeededGenerator) {
        let days = Int64.random(in: 0...14, using: &generator)
        let instant = now - .seconds(days * 86_400)
        let text = generator.chance(50) ? "\(days)d" : instant.rfc3339
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where !has("updated_after"):
            add("updated_after", text) { ($0.release.updateAt.map { $0 >= instant }) ?? false }
        case 1 where !has("updated_before"):
            add("updated_before", text) { ($0.release.updateAt.map { $0 < instant }) ?? false }
        case 2 where !has("created_after"):
            add("created_after", text) { ($0.release.createAt.map { $0 >= instant }) ?? false }
        case 3 where !has("created_before"):
            add("created_before", text) { ($0.release.createAt.map { $0 < instant }) ?? false }
        case 4 where !has("stuck_for"):
            add("stuck_for", "\(days)d") { row in
                guard let status = row.release.status, let time = row.release.updateAt else { return false }
                return (status.hasPrefix("PENDING_") || status == "DELETING") && time <= instant
            }
        default: break
        }
    }
    private func has(_ name: String) -> Bool { parameters.contains { $0.name == name } }

    private mutating func addWords(_ generator: inout SeededGenerator) {
        let words = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
            generator.pick(["redis", "PROD", "éclair", "1.2", "échec", "集群", "é", "kube-", "nothing at all", "\"X\""])
        }
        add("q", words.joined(separator: "  ")) { row in
            words.flatMap { $0.split(separator: " ") }.allSatisfy { word in
                [
                    row.release.name, row.release.namespace, row.release.chartName, row.release.chartVersion,
                    row.release.description, row.cluster.name,
                ].contains { text in
                    let text = Array((text ?? "").lowercased().unicodeScalars)
                    let word = Array(word.lowercased().unicodeScalars)
                    return text.indices.contains { text[$0...].starts(with: word) }
                }
            }
        }
    }

    private mutating func addOrder(_ generator: inout SeededGenerator) {
        if generator.chance(25) {
            order = ["cluster_name", "namespace", "name"].map { ($0, false) }
            return
        }
        let fields = SortField.allCases.map(\.rawValue).shuffled(using: &generator)
        order = fields.prefix(Int.random(in: 1...4, using: &generator)).map { ($0, generator.chance(50)) }
        parameters.append(
            ("order_by", order.map { $0.field + ($0.isDescending ? " desc" : "") }.joined(separator: ",")))
    }
}
