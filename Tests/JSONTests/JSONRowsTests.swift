import GatewayTestKit
import JSON
import Testing

@Suite struct JSONRowsTests {
    private static let rows = JSONRows(names: ["name", "version", "values"])

    private struct Seen: Equatable {
        var isObject = true
        var isRepeated = false
        var name: JSONRow.Field = .absent
        var version: JSONRow.Field = .absent
    }
    private func walk(_ text: String) throws(JSONError) -> [Seen] {
        let bytes = Array(text.utf8)
        var seen: [Seen] = []
        try Self.rows.walk(bytes[...]) { row in
            if row.isObject {
                seen.append(Seen(isRepeated: row.hasRepeatedMember, name: row[0], version: row[1]))
            } else {
                seen.append(Seen(isObject: false))
            }
        }
        return seen
    }

    @Test func `each row brings the members asked for, whatever their order`() throws {
        let seen = try walk(
            #"[{"name":"a","version":1},{"version":2,"x":{"name":"deep"},"name":"b"},{"y":["z"]},{"n\u0061me":"\u0063"}]"#
        )
        #expect(
            seen == [
                Seen(name: .string("a"), version: .integer(1)), Seen(name: .string("b"), version: .integer(2)), Seen(),
                Seen(name: .string("c")),
            ])
    }

    @Test(arguments: [
        ("null", JSONRow.Field.null), ("true", .boolean(true)), ("1.5", .other), ("1e3", .other), ("{}", .other),
        ("[1]", .other), ("99999999999999999999", .other), ("-5", .integer(-5)), (#""\ud800""#, .other),
        ("\"\"", .string("")),
    ])
    func `a value says what it is`(text: String, expected: JSONRow.Field) throws {
        #expect(try walk("[{\"version\":\(text)}]") == [Seen(version: expected)])
    }

    @Test(arguments: [
        ("[]", 0), ("[[]]", 0), ("[[],[]]", 0), ("[{}]", 1), ("[[{},{}],[{}]]", 3), ("[{},[{}]]", 2),
        ("[1,\"a\",null,{}]", 4),
        ("[[[{}]]]", 1), ("[[1,[],{}]]", 3), ("[[[[[{}],2]]],{}]", 2),
    ])
    func `flat or nested once, every element is one row`(text: String, count: Int) throws {
        #expect(try walk(text).count == count)
    }

    @Test(arguments: [
        "{}", "null", "1", "\"a\"", "", "[", "[{}", "[{}]]", "[{}],", "[{}] x", "{\"a\":[]}", "<html></html>",
    ])
    func `a document that is no array is an error`(text: String) {
        #expect(throws: JSONError.syntax) { try walk(text) }
    }

    @Test(arguments: [
        #""x":"\q""#, #""x":["\q"]"#, #""x":01"#, #""x":tru"#, #""\q":1"#, #""x":{"\q":1}"#, #""x":{"a":[1,]}"#,
        #""values":"\u12""#,
    ])
    func `what nobody asks for is checked too`(member: String) {
        #expect(throws: JSONError.syntax) { try walk("[{\"name\":\"a\",\(member)}]") }
    }

    @Test(arguments: [
        (#"{"name":"a","name":"b"}"#, true), (#"{"x":1,"y":2,"x":3}"#, true), (#"{"x":1,"\u0078":3}"#, true),
        (#"{"name":null,"n\u0061me":"b"}"#, true), (#"{"x":{"x":1,"x":2},"y":{"x":1}}"#, false),
        (#"{"":1,"":2}"#, true),
    ])
    func `a member that comes twice marks its row`(row: String, isRepeated: Bool) throws {
        #expect(try walk("[\(row)]").map(\.isRepeated) == [isRepeated])
    }

    @Test func `strings of one row do not run into one another`() throws {
        let bytes = Array(#"[{"name":"a\nb","values":"{\"k\":\"v\"}"},{"name":"\u00e9","values":"plain"}]"#.utf8)
        var seen: [String] = []
        try Self.rows.walk(bytes[...]) { row in
            guard case .string(let name) = row[0], case .string(let values) = row[2] else { return }
            seen += [name, values]
        }
        #expect(seen == ["a\nb", #"{"k":"v"}"#, "é", "plain"])
    }

    @Test func `what is only checked is found to be what it is when it is read`() throws {
        enum Found { case refused, empty, text, other }
        func found(_ rows: JSONRows, _ bytes: [UInt8]) -> Found? {
            var found: Found?
            do throws(JSONError) {
                try rows.walk(bytes[...]) { row in
                    found =
                        switch row.kind(at: 0) {
                        case .string: row.textLength(at: 0) == 0 ? .empty : .text
                        default: .other
                        }
                }
            } catch { return .refused }
            return found
        }
        let (read, checked) = (JSONRows(names: ["v"]), JSONRows(names: ["v"], checked: [0]))
        let common = ["a", "é", "bcdefgh", #"\\"#, #"\""#, #"\n"#, #"\/"#, #"\u0041"#, #"\ud83d\ude00"#]
        let rare = [#"\ud83d"#, #"\ude00"#, #"\ud83d\n"#, #"\q"#, #"\u12"#, #"\u"#, #"\ud83d\u12"#]
        var generator = SeededGenerator(seed: testSeed())
        var kinds: [Found] = []
        for run in 0..<testRuns(default: 2000) {
            var text = ""
            for _ in 0..<Int.random(in: 0...(run % 150), using: &generator) {
                text += common[Int.random(in: 0..<common.count, using: &generator)]
            }
            if run % 3 > 0 {
                let place = rare[run % rare.count]
                text = run % 3 == 1 ? text + place : place + text
            }
            let bytes = Array("[{\"v\":\"\(text)\"}]".utf8)
            let expected = try #require(found(read, bytes))
            #expect(found(checked, bytes) == expected, "\(text)")
            if !kinds.contains(expected) { kinds.append(expected) }
        }
        #expect(kinds.count == 4, "every kind was met")
    }

    @Test func `a slice in the middle of an array is read as it is`() throws {
        let bytes = Array("xx[{}]yy".utf8)
        var count = 0
        try Self.rows.walk(bytes[2..<6]) { _ in count += 1 }
        #expect(count == 1)
    }
    @Test func `depth is bounded at 64`() throws {
        func row(_ depth: Int) -> String {
            "[{\"x\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}]"
        }
        #expect(try walk(row(62)).count == 1)
        #expect(throws: JSONError.tooDeep) { try walk(row(63)) }
    }
}
