import GatewayTestKit
import Query
import Timing

/// Random syntax trees: all shapes, not only those that a reader of parameters or expressions makes.
struct RandomTree {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func expression(depth: Int = 0) -> FilterExpression {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 10), using: &generator) {
        case 0 where generator.chance(10): .all
        case 0 where generator.chance(10): .none
        case 0...4: .term(term())
        case 5: .not(expression(depth: depth + 1))
        case 6, 7: .and(members(depth))
        default: .or(members(depth))
        }
    }

    private mutating func members(_ depth: Int) -> [FilterExpression] {
        (0..<Int.random(in: 0...4, using: &generator)).map { _ in expression(depth: depth + 1) }
    }

    private mutating func term() -> FilterTerm {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1: .text(field(), anyOf: patterns())
        case 2: status()
        case 3: .textOrder(ordered(), comparison(), Array(text().utf8))
        case 4: .chartVersion(anyOf: (0..<Int.random(in: 0...3, using: &generator)).map { _ in versionTest() })
        case 5:
            .number(
                generator.pick([.version, .severity]),
                anyOf: (0..<Int.random(in: 0...3, using: &generator)).map { _ in range() })
        case 6: .chartPublic(generator.chance(50))
        case 7: .time(time(), comparison(), instant())
        case 8: .age(time(), generator.pick([.older, .newer]), duration())
        default:
            generator.chance(50)
                ? .stuck(duration()) : .word(generator.pick(["redis", "é", "e\u{301}", "a\"b", "and", "*", "集群"]))
        }
    }

    private mutating func field() -> TextField {
        generator.pick([
            .cluster, .clusterID, .clusterName, .region, .projectID, .namespace, .name, .chartName, .statusDescription,
            .description, .label("env"), .label("a b"), .label("\"\\*"), .label("é"), .label("e\u{301}"), .label("AND"),
        ])
    }
    private mutating func ordered() -> TextField {
        let field = field()
        return field == .cluster ? .status : field
    }
    private mutating func text() -> String {
        let pieces = [
            "a", "B", "*", "\\", "\"", " ", "\u{3000}", "é", "e\u{301}", "AND", "~", ">", "(", ",", "'", "\n", "\0",
            "集", ":", "-", "1",
        ]
        return (0..<Int.random(in: 0...4, using: &generator)).map { _ in generator.pick(pieces) }.joined()
    }
    private mutating func pattern() -> TextPattern {
        TextPattern(pieces: (0..<Int.random(in: 1...3, using: &generator)).map { _ in Array(text().utf8) })
    }
    private mutating func patterns() -> [TextPattern] {
        (0..<Int.random(in: 0...3, using: &generator)).map { _ in pattern() }
    }
    /// Only lists that readers make: known words, and both spellings of a pattern in Helm's.
    private mutating func status() -> FilterTerm {
        .text(
            .status,
            anyOf: generator.pick([
                [TextPattern(exactly: "FAILED")], [TextPattern(exactly: "FAILED"), TextPattern(exactly: "UNKNOWN")],
                [TextPattern(pieces: [Array("PENDING_".utf8), []])],
                [TextPattern(pieces: [Array("odd-".utf8), []]), TextPattern(pieces: [Array("ODD_".utf8), []])],
            ]))
    }
    private mutating func comparison() -> Comparison {
        generator.pick([.less, .lessOrEqual, .greaterOrEqual, .greater])
    }
    private mutating func versionTest() -> VersionTest {
        if generator.chance(50) { return .pattern(pattern()) }
        let bounds = generator.pick([
            ">=1.2", ">=1.2 <2", "=1.2.0", "<2.0.0-rc.1", "<=v3 >1", ">18446744073709551616.0.0",
        ])
        guard
            case .term(.chartVersion(let tests))? = try? ListRequest(parameters: [("chart_version", bounds)]).selection
                .filter,
            let test = tests.first
        else { return .pattern(TextPattern(exactly: "unread")) }
        return test
    }
    private mutating func range() -> NumberRange {
        let ends: [Int64] = [.min, -1, 0, 1, 2, 3, 4, 5, 6, 9, .max - 1, .max]
        return NumberRange(lower: generator.pick(ends), upper: generator.pick(ends))
    }
    private mutating func time() -> TimeField { generator.pick([.createAt, .updateAt]) }
    private mutating func instant() -> Instant {
        generator.pick([
            Instant(seconds: .min), Instant(seconds: .max, nanoseconds: 999_999_999), CannedFleet.now,
            Instant(seconds: 0, nanoseconds: 1),
        ])
    }
    private mutating func duration() -> Duration {
        generator.pick([.zero, .milliseconds(1500), .seconds(90), .seconds(3600), .seconds(86_400 * 14)])
    }
}
