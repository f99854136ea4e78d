import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@Suite struct CountPropertyTests {
    /// A value as a plain text; none of the fleet's values begins with that byte.
    private static let null = "\u{0}"

    /// The obvious way, by name.
    private static func value(_ field: String, _ row: PlainRow) -> String {
        func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? null }
        return switch field {
        case "cluster_id": row.cluster.id.text
        case "cluster_name": row.cluster.name
        case "region": row.cluster.region
        case "project_id": text(row.cluster.projectID)
        case "label.env": text(row.cluster.labels["env"])
        case "label.team": text(row.cluster.labels["team"])
        case "namespace": row.release.namespace
        case "name": row.release.name
        case "version": text(row.release.version)
        case "chart_name": text(row.release.chartName)
        case "chart_version": text(row.release.chartVersion)
        case "chart_public": text(row.release.chartPublic)
        default: text(row.release.status)
        }
    }
    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .null: null
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        }
    }
    private static let fields = [
        "cluster_id", "cluster_name", "region", "project_id", "label.env", "label.team", "namespace", "name", "version",
        "chart_name", "chart_version", "chart_public", "status",
    ]

    /// Bytes, so that composed and decomposed letters stay two values.
    private static func naive(_ rows: [PlainRow], by fields: [String]) -> [[[UInt8]]: Int] {
        Dictionary(grouping: rows) { row in fields.map { Array(value($0, row).utf8) } }.mapValues(\.count)
    }
    private static func precedes(_ left: ([[UInt8]], Int), _ right: ([[UInt8]], Int)) -> Bool {
        if left.1 != right.1 { return left.1 > right.1 }
        for (one, other) in zip(left.0, right.0) where one != other {
            if one == Array(null.utf8) || other == Array(null.utf8) { return other == Array(null.utf8) }
            return one.lexicographicallyPrecedes(other)
        }
        return false
    }

    @Test func `counts are the plain ones, in order, for any filter, coverage and fields`() throws {
        for run in 0..<propertyRuns / 2 {
            let seed = UInt64(run) &* 6151 &+ 3
            var generator = SeededGenerator(seed: seed)
            let snapshot = CannedFleet(
                seed: seed, clusters: Int.random(in: 0...6, using: &generator), releases: 0...20,
                longTexts: generator.chance(10)
            ).snapshot
            let question = PlainQuestion(&generator, snapshot)
            let selection = try #require(try? ListRequest(parameters: question.parameters), "seed \(seed)").selection
            // Some clusters' rows are left out, as `on_missing=omit` does.
            let entries = selection.targets(in: snapshot).entries.filter { _ in generator.chance(85) }
            let groupings = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                Array(Self.fields.shuffled(using: &generator).prefix(Int.random(in: 1...3, using: &generator)))
            }
            let found = selection.counts(
                of: snapshot, rowsFrom: entries, now: CannedFleet.now,
                by: groupings.map { $0.compactMap(CountedField.init) })
            let rows = PlainRow.all(of: snapshot, in: entries).filter(question.matches)
            for (fields, counts) in zip(groupings, found) {
                let expected = Self.naive(rows, by: fields).map { ($0.key, $0.value) }.sorted(by: Self.precedes)
                let offset = Int.random(in: 0...4, using: &generator)
                let limit = Int.random(in: 0...30, using: &generator)
                let entries = counts.entries(from: offset, limit: limit).map { entry in
                    (entry.values.map { Array(Self.text($0).utf8) }, entry.count)
                }
                let isRight =
                    counts.total == rows.count && counts.distinct == expected.count
                    && entries.elementsEqual(expected.dropFirst(offset).prefix(limit)) { $0 == $1 }
                guard isRight else {
                    Issue.record("seed \(seed) \(question.parameters) by \(fields): \(entries) not \(expected)")
                    return
                }
            }
            #expect(
                selection.rowsToCount(of: snapshot, rowsFrom: entries) >= rows.count, "seed \(seed): the cost estimate")
        }
    }

    @Test func `a prefix keeps the values that begin with it in any case, by whole bytes`() throws {
        for run in 0..<propertyRuns / 6 {
            let seed = UInt64(run) &* 12_289 &+ 5
            var generator = SeededGenerator(seed: seed)
            let snapshot = CannedFleet(seed: seed, clusters: 4, releases: 0...20).snapshot
            let field = generator.pick(Self.fields)
            let rows = PlainRow.all(of: snapshot, in: Array(snapshot.entries.indices))
            let scalars = Array(generator.pick(rows.map { Self.value(field, $0) } + ["zz"]).unicodeScalars)
            var prefix = String.UnicodeScalarView()
            prefix.append(contentsOf: scalars.prefix(Int.random(in: 1...4, using: &generator)))
            let typed = generator.chance(50) ? String(prefix).uppercased() : String(prefix)
            if typed.contains(Self.null) { continue }
            let all = Selection(filter: .all, order: []).counts(
                of: snapshot, rowsFrom: Array(snapshot.entries.indices), now: CannedFleet.now,
                by: [[try #require(CountedField(field))]])
            let found = try #require(all.first).beginning(with: FoldedPrefix(typed))
            let folded = Array(typed.lowercased().unicodeScalars)
            let expected = rows.filter { Array(Self.value(field, $0).lowercased().unicodeScalars).starts(with: folded) }
            let counts = Self.naive(expected, by: [field]).map { ($0.key, $0.value) }.sorted(by: Self.precedes)
            let entries = found.entries(limit: 1000).map { ($0.values.map { Array(Self.text($0).utf8) }, $0.count) }
            guard found.total == expected.count, entries.elementsEqual(counts, by: { $0 == $1 }) else {
                Issue.record("seed \(seed) \(field) \(typed): \(entries) not \(counts)")
                return
            }
        }
    }
}
