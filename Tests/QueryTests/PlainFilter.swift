import GatewayTestKit
import ReleaseModel
import Timing

/// A random expression of `filter=`, as a client would write it and as a plain predicate.
///
/// Nothing here is the engine's: texts are matched by the obvious loops, ordered by code points, versions by lists of
/// parts, times as whole nanoseconds.
struct PlainFilter {
    let text: String
    let holds: (PlainRow) -> Bool
}

/// Writes random expressions over what `rows` hold.
struct PlainFilterMaker {
    var generator: SeededGenerator
    let rows: [PlainRow]
    let now: Instant
    /// How many terms may still be written.
    private var budget = 24

    init(seed: UInt64, rows: [PlainRow], now: Instant) {
        generator = SeededGenerator(seed: seed)
        self.rows = rows
        self.now = now
    }

    mutating func filter() -> PlainFilter { list(depth: 0) }

    // MARK: - Lists and negation

    private mutating func list(depth: Int) -> PlainFilter {
        let count = depth > 5 || budget < 4 ? 1 : Int.random(in: 1...4, using: &generator)
        let members = (0..<count).map { _ in term(depth: depth) }
        let isAnd = generator.chance(50)
        let joint = generator.pick(isAnd ? [" AND ", "  AND\t"] : [" OR ", " OR  "])
        return PlainFilter(text: members.map(\.text).joined(separator: joint)) { row in
            isAnd ? members.allSatisfy { $0.holds(row) } : members.contains { $0.holds(row) }
        }
    }

    private mutating func term(depth: Int) -> PlainFilter {
        let inner: PlainFilter
        if depth < 7, generator.chance(25) {
            let list = list(depth: depth + 1)
            inner = PlainFilter(text: generator.pick(["(\(list.text))", "( \(list.text) )"]), holds: list.holds)
        } else {
            budget -= 1
            inner = restriction()
        }
        guard generator.chance(20) else { return inner }
        return PlainFilter(text: generator.pick(["NOT ", "-", "NOT  "]) + inner.text) { !inner.holds($0) }
    }

    private mutating func restriction() -> PlainFilter {
        switch Int.random(in: 0..<24, using: &generator) {
        case 0...8: text()
        case 9: status()
        case 10...12: chartVersion()
        case 13, 14: number("version", 0...10) { $0.release.version }
        case 15:
            number("severity", 0...5) { row in
                if case .number(let severity) = PlainValue(field: "severity", row) { severity } else { nil }
            }
        case 16: chartPublic()
        case 17...19: time()
        case 20: stuck()
        case 21: words()
        case 22: label()
        default: constant()
        }
    }

    // MARK: - Text

    private static let textFields: [(name: String, values: @Sendable (PlainRow) -> [String?])] = [
        ("cluster", { [$0.cluster.id.text, $0.cluster.name] }), ("cluster_id", { [$0.cluster.id.text] }),
        ("cluster_name", { [$0.cluster.name] }), ("region", { [$0.cluster.region] }),
        ("project_id", { [$0.cluster.projectID] }), ("label.env", { [$0.cluster.labels["env"]] }),
        ("label.\"team\"", { [$0.cluster.labels["team"]] }), ("namespace", { [$0.release.namespace] }),
        ("name", { [$0.release.name] }), ("chart_name", { [$0.release.chartName] }),
        ("status_description", { [$0.release.statusDescription] }), ("description", { [$0.release.description] }),
    ]

    private mutating func text() -> PlainFilter {
        let (name, values) = generator.pick(Self.textFields)
        let sample = value(of: rows.flatMap(values).compactMap { $0 })
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1: return matching(name, pattern(sample), values)
        case 2: return containing(name, sample, values)
        case 3 where name != "cluster":
            let (sign, isRight) = comparison()
            return PlainFilter(text: written(name, sign, quoted([.text(Array(sample.utf8))]))) { row in
                values(row).contains { text in text.map { isRight(PlainFilterMaker.compare($0, sample)) } ?? false }
            }
        default:
            return PlainFilter(text: written(name, ":", "*")) { row in values(row).contains { $0 != nil } }
        }
    }

    private mutating func matching(
        _ name: String, _ pattern: [PlainPiece], _ values: @escaping (PlainRow) -> [String?]
    ) -> PlainFilter {
        let isNegated = generator.chance(30)
        return PlainFilter(text: written(name, isNegated ? "!=" : "=", quoted(pattern))) { row in
            values(row).contains { text in text.map { plainMatch(pattern, Array($0.utf8)) } ?? false } != isNegated
        }
    }

    private mutating func containing(
        _ name: String, _ sample: String, _ values: @escaping (PlainRow) -> [String?]
    ) -> PlainFilter {
        let scalars = Array(sample.unicodeScalars)
        let start = Int.random(in: 0...scalars.count, using: &generator)
        let part = scalars[start...].prefix(Int.random(in: 1...4, using: &generator))
        let text = part.isEmpty ? "" : String(String.UnicodeScalarView(part))
        return PlainFilter(text: written(name, ":", quoted([.text(Array(text.utf8))]))) { row in
            values(row).contains { value in
                let found = (value ?? "").unicodeScalars.map(\.value)
                return value != nil
                    && (0...found.count).contains { found[$0...].starts(with: text.unicodeScalars.map(\.value)) }
            }
        }
    }

    private mutating func status() -> PlainFilter {
        let pending: Set<String> = ["PENDING_INSTALL", "PENDING_UPGRADE", "PENDING_ROLLBACK"]
        let (text, words): (String, Set<String>) = generator.pick([
            ("=DEPLOYED", ["DEPLOYED"]), ("= \"failed\"", ["FAILED"]), (":PENDING", pending), (":pending", pending),
            ("=pending-*", pending), ("=PENDING_*", pending), ("=odd*", ["odd-word"]),
            ("<DEPLOYED", ["DELETED", "DELETING"]), (" >= \"UNKNOWN\"", ["UNKNOWN", "odd-word"]),
        ])
        return PlainFilter(text: "status" + text) { row in row.release.status.map(words.contains) ?? false }
    }

    private mutating func label() -> PlainFilter {
        let key = generator.pick(["env", "team", "none"])
        return PlainFilter(text: written("labels", ":", generator.pick([key, "\"\(key)\""]))) { row in
            row.cluster.labels.keys.contains(key)
        }
    }

    // MARK: - Versions and numbers

    private mutating func chartVersion() -> PlainFilter {
        let values = { (row: PlainRow) in [row.release.chartVersion] }
        let sample = value(of: rows.compactMap(\.release.chartVersion))
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return matching("chart_version", pattern(sample), values)
        case 1: return containing("chart_version", sample, values)
        case 2:
            let bounds = (0..<Int.random(in: 1...3, using: &generator)).map { _ in bound() }
            let text = bounds.map { $0.sign + $0.text }.joined(separator: generator.pick([" ", "  "]))
            return PlainFilter(
                text: generator.pick(["semver(chart_version, \"\(text)\")", "semver(chart_version,\"\(text)\" )"])
            ) { row in
                bounds.allSatisfy { $0.holds(row.release.chartVersion) }
            }
        default:
            var bound = bound()
            while bound.sign == "=" { bound = self.bound() }
            return PlainFilter(text: written("chart_version", bound.sign, quoted([.text(Array(bound.text.utf8))]))) {
                row in
                bound.holds(row.release.chartVersion)
            }
        }
    }

    private struct Bound {
        let sign: String
        let text: String
        let parts: [[UInt8]]
        let isRight: (Int) -> Bool

        func holds(_ version: String?) -> Bool {
            guard let ours = version.flatMap(PlainSemVer.parts) else { return false }
            return isRight(PlainSemVer.compare(ours, parts))
        }
    }

    /// One of a few, or a version that occurs.
    private mutating func bound() -> Bound {
        var (text, whole) = generator.pick([
            ("1", "1.0.0"), ("1.2", "1.2.0"), ("v2", "2.0.0"), ("1.2.0-rc.2", "1.2.0-rc.2"), ("1.2.0+b.1", "1.2.0"),
            ("v1.2.0-0", "1.2.0-0"), ("18446744073709551616", "18446744073709551616.0.0"),
        ])
        let occurring = rows.compactMap(\.release.chartVersion).filter {
            PlainSemVer.parts($0) != nil && $0.utf8.count < 200
        }
        if !occurring.isEmpty, generator.chance(60) {
            text = generator.pick(occurring)
            whole = text
        }
        let (sign, isRight) = generator.chance(10) ? ("=", { $0 == 0 }) : comparison()
        return Bound(sign: sign, text: text, parts: PlainSemVer.parts(whole) ?? [], isRight: isRight)
    }

    private mutating func number(
        _ name: String, _ numbers: ClosedRange<Int64>, _ value: @escaping (PlainRow) -> Int64?
    ) -> PlainFilter {
        let number = Int64.random(in: numbers, using: &generator)
        let (sign, isRight): (String, (Int64) -> Bool) = generator.pick([
            ("=", { $0 == number }), (":", { $0 == number }), ("<", { $0 < number }), ("<=", { $0 <= number }),
            (">", { $0 > number }), (">=", { $0 >= number }), ("*", { _ in true }),
        ])
        if sign == "*" { return PlainFilter(text: "\(name):*") { value($0) != nil } }
        if sign == "=", generator.chance(40) {
            return PlainFilter(text: written(name, "!=", "\(number)")) { value($0) != number }
        }
        return PlainFilter(text: written(name, sign, "\(number)")) { value($0).map(isRight) ?? false }
    }

    private mutating func chartPublic() -> PlainFilter {
        let wanted = generator.chance(50)
        return generator.pick([
            PlainFilter(text: "chart_public=\(wanted)") { $0.release.chartPublic == wanted },
            PlainFilter(text: "chart_public : \(wanted)") { $0.release.chartPublic == wanted },
            PlainFilter(text: "chart_public!=\(wanted)") { $0.release.chartPublic != wanted },
            PlainFilter(text: "chart_public:*") { $0.release.chartPublic != nil },
        ])
    }

    // MARK: - Times and the rest

    /// At times that occur and a nanosecond beside, written with several offsets; and ages that end there.
    private mutating func time() -> PlainFilter {
        let isCreated = generator.chance(40)
        let name = isCreated ? "create_at" : "update_at"
        let value = { (row: PlainRow) in isCreated ? row.release.createAt : row.release.updateAt }
        let occurring = rows.compactMap(value)
        let base = occurring.isEmpty ? now : generator.pick(occurring)
        if generator.chance(30) {
            let seconds = max(0, now.seconds - base.seconds + Int64.random(in: -1...1, using: &generator))
            let point = (now.seconds - seconds, Int(now.nanoseconds))
            let isOlder = generator.chance(50)
            return PlainFilter(text: "\(isOlder ? "older" : "newer")(\(name), \(seconds)s)") { row in
                value(row).map { (($0.seconds, Int($0.nanoseconds)) < point) == isOlder } ?? false
            }
        }
        if generator.chance(10) { return PlainFilter(text: "\(name):*") { value($0) != nil } }
        let bound = base + .nanoseconds(Int64.random(in: -1...1, using: &generator))
        let point = (bound.seconds, Int(bound.nanoseconds))
        let written = generator.pick([
            bound.rfc3339, "\"\(bound.rfc3339)\"", (bound + .seconds(28_800)).rfc3339.replacing("Z", with: "+08:00"),
            (bound - .seconds(12_600)).rfc3339.replacing("Z", with: "-03:30"),
        ])
        let (sign, isRight): (String, ((Int64, Int)) -> Bool) = generator.pick([
            ("=", { $0 == point }), ("<", { $0 < point }), ("<=", { $0 <= point }), (">", { $0 > point }),
            (">=", { $0 >= point }), ("!=", { $0 == point }),
        ])
        return PlainFilter(text: self.written(name, sign, written)) { row in
            (value(row).map { isRight(($0.seconds, Int($0.nanoseconds))) } ?? false) != (sign == "!=")
        }
    }

    private mutating func stuck() -> PlainFilter {
        let age = Int64.random(in: 0...14, using: &generator) * 86_400
        return PlainFilter(text: "stuck(\(age / 3600)h)") { [now] row in
            guard let status = row.release.status, let time = row.release.updateAt else { return false }
            return (status.hasPrefix("PENDING_") || status == "DELETING")
                && (time.seconds, Int(time.nanoseconds)) <= (now.seconds - age, Int(now.nanoseconds))
        }
    }

    private mutating func words() -> PlainFilter {
        let words = generator.pick([
            ["redis"], ["PROD"], ["é"], ["集群"], ["kube", "Redis"], ["1.2"], ["\u{301}"], ["nowhere"],
        ])
        let isBare = words.count == 1
        return PlainFilter(text: "q:" + (isBare ? words[0] : "\"\(words.joined(separator: " "))\"")) { row in
            words.allSatisfy { word in
                [
                    row.release.name, row.release.namespace, row.release.chartName, row.release.chartVersion,
                    row.release.description, row.cluster.name,
                ].contains { text in
                    let text = Array((text ?? "").lowercased().unicodeScalars)
                    return text.indices.contains { text[$0...].starts(with: word.lowercased().unicodeScalars) }
                }
            }
        }
    }

    private mutating func constant() -> PlainFilter {
        generator.chance(50) ? PlainFilter(text: "all()") { _ in true } : PlainFilter(text: "none()") { _ in false }
    }

    // MARK: - Writing

    /// One that occurs, or one that does not, within what a value may have.
    private mutating func value(of values: [String]) -> String {
        let short = values.filter { $0.utf8.count <= 200 }
        return short.isEmpty || generator.chance(5)
            ? generator.pick(["none", "", "\u{10FFFF}", "Z"]) : generator.pick(short)
    }

    /// Of a text, with pieces of it gone.
    private mutating func pattern(_ text: String) -> [PlainPiece] {
        let bytes = Array(text.utf8)
        guard generator.chance(50), bytes.allSatisfy({ $0 < 0x80 }) else { return [.text(bytes)] }
        let cut = Int.random(in: 0...bytes.count, using: &generator)
        let end = Int.random(in: cut...bytes.count, using: &generator)
        var pieces: [PlainPiece] = [.text(Array(bytes[..<cut])), .any, .text(Array(bytes[end...]))]
        if generator.chance(30) { pieces = [.any] + pieces }
        if generator.chance(20) { pieces.append(.any) }
        return pieces
    }

    private mutating func written(_ name: String, _ sign: String, _ value: String) -> String {
        generator.pick(["\(name)\(sign)\(value)", "\(name) \(sign) \(value)", "\(name)  \(sign)\(value)"])
    }

    /// In quotes unless it is plain enough; then at random.
    private mutating func quoted(_ pieces: [PlainPiece]) -> String {
        var text = ""
        var isPlain = true
        for piece in pieces {
            guard case .text(let bytes) = piece else {
                text += "*"
                continue
            }
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                if "\\*\"".unicodeScalars.contains(scalar) { text += "\\" }
                text.unicodeScalars.append(scalar)
                let isLetter =
                    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "-_.+:/".unicodeScalars.contains(scalar)
                if !isLetter { isPlain = false }
            }
        }
        return isPlain && !text.isEmpty && generator.chance(60) ? text : "\"\(text)\""
    }

    private mutating func comparison() -> (String, (Int) -> Bool) {
        generator.pick([("<", { $0 < 0 }), ("<=", { $0 <= 0 }), (">", { $0 > 0 }), (">=", { $0 >= 0 })])
    }

    /// By code points.
    private static func compare(_ left: String, _ right: String) -> Int {
        let (left, right) = (left.unicodeScalars.map(\.value), right.unicodeScalars.map(\.value))
        return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}
