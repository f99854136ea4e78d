import GatewayTestKit
import Query
import Testing

/// The canonical text read again, and texts that nobody would write.
@Suite struct FilterTextTests {
    @Test func `a canonical text is an expression with that canonical text`() throws {
        let base = testSeed()
        for run in 0..<testRuns(default: 3000) {
            let seed = base &+ UInt64(run)
            var random = RandomTree(seed: seed)
            let tree = random.expression()
            let text = tree.canonical
            let again = try? FilterExpression(filter: text, limits: .canonical)
            guard again.map({ $0.canonical.utf8.elementsEqual(text.utf8) }) == true else {
                Issue.record("seed \(seed): \(text) is read as \(again?.canonical ?? "nothing")")
                return
            }
            guard tree.normalized().normalized() == tree.normalized(), again?.normalized() == tree.normalized() else {
                Issue.record("seed \(seed): \(text) has two forms")
                return
            }
        }
    }

    @Test func `any text is read or refused with a place in it, and what is read comes back`() {
        let base = testSeed()
        var read = 0
        for run in 0..<testRuns(default: 20_000) {
            let seed = base &+ UInt64(run)
            var random = RandomText(seed: seed)
            let text = random.text()
            do {
                let expression = try FilterExpression(filter: text)
                read += 1
                let canonical = expression.canonical
                let again = try FilterExpression(filter: canonical, limits: .canonical)
                if again.canonical.utf8.elementsEqual(canonical.utf8) { continue }
                Issue.record("seed \(seed): \(text.debugDescription) is \(canonical), then \(again.canonical)")
                return
            } catch {
                let isSound =
                    !error.problems.isEmpty && error.problems.count <= 64
                    && error.problems.allSatisfy { problem in
                        problem.parameter == "filter" && (0...text.utf8.count).contains(problem.position ?? -1)
                            && (problem.token?.utf8.count ?? 65) <= 64 && !problem.detail.isEmpty
                    }
                if isSound { continue }
                Issue.record("seed \(seed): \(text.debugDescription) \(error.problems)")
                return
            }
        }
        #expect(read * 20 > testRuns(default: 20_000), "only \(read) texts were read, from seed \(base)")
    }
}

/// Texts like expressions, expressions with something changed, and noise.
private struct RandomText {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let words = [
        "name", "status", "version", "severity", "chart_version", "chart_public", "update_at", "create_at", "q",
        "labels", "label.env",
        "label.", "cluster", "description", "=", "!=", "<", "<=", ">", ">=", ":", "(", ")", "AND", "OR", "NOT", "-",
        ",", "\"", "\\", "*", " ",
        "stuck(15m)", "older(update_at,7d)", "newer(", "semver(chart_version,\">=1 <2\")", "all()", "none()", "redis",
        "FAILED", "pending-*",
        "3", "1.2.3", "2023-11-14T12:30:57Z", "7d", "true", "é", "e\u{301}", "\u{3000}", "\0", "\n", "'", "~",
        "9223372036854775807", "集群",
    ]

    mutating func text() -> String {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return (0..<Int.random(in: 0...12, using: &generator)).map { _ in generator.pick(Self.words) }.joined()
        case 1:
            return (0..<Int.random(in: 0...12, using: &generator)).map { _ in generator.pick(Self.words) }.joined(
                separator: " ")
        case 2:
            return String(
                decoding: (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }, as: UTF8.self)
        case 3:
            return String(
                repeating: generator.pick([
                    "(", "-(", "NOT (", "name=", "a\"", "\\", "name=a OR ", "q:\"a b\" AND ", "((name=a) OR ",
                ]), count: Int.random(in: 0...900, using: &generator))
        case 4: return sound()
        default: return changed(sound())
        }
    }

    private mutating func sound() -> String {
        var tree = RandomTree(seed: generator.next())
        return tree.expression().canonical
    }

    /// Bytes gone, doubled, put in or taken from elsewhere; what is no UTF-8 then is replaced.
    private mutating func changed(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes.insert(contentsOf: Array(generator.pick(Self.words).utf8), at: place)
            case 3:
                bytes.insert(contentsOf: bytes[place...].prefix(Int.random(in: 1...8, using: &generator)), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &generator)))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
