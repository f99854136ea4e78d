import CCE
import GatewayTestKit
import JSON
import Outbound
import ReleaseModel
import Testing
import Timing

/// The example of the cloud's own page, shortened where it says nothing.
let seedRow = #"""
    {"chart_name":"magento-mysql","chart_public":false,"chart_version":"1.0.0",
    "cluster_id":"a870253f-5dc7-11ee-bf71-0255ac100b03","cluster_name":"sfs-turbo-test",
    "create_at":"2023-11-14T20:30:57+08:00","description":"Initial install underway","name":"testwww",
    "namespace":"monitoring","parameters":"","resources":"","status":"PENDING_INSTALL",
    "status_description":"Initial install underway","update_at":"2023-11-14T20:30:57+08:00",
    "values":"{\"basic\":{\"admin_password\":\"hunter2\",\"app_name\":\"magento\"}}","version":1}
    """#

func decode(_ text: String, values: ValuesPolicy = .redact) throws(InvalidBody) -> ClusterPart {
    try ReleaseDecoder.part(from: ResponseBody(text.utf8), values: values)
}
func text(_ field: HeavyFields.Field) throws -> String? {
    guard case .held(let held) = field else { return nil }
    return String(decoding: try held.text(), as: UTF8.self)
}

@Suite struct ReleaseDecoderTests {
    @Test func `the documented row is decoded whole`() throws {
        let part = try decode("[\(seedRow)]")
        let row = try #require(part.rows.first)
        #expect(part.dropped == 0 && part.repaired == 0 && part.rows.count == 1)
        #expect(row.namespace == "monitoring" && row.name == "testwww" && row.version == 1)
        #expect(row.chartName == "magento-mysql" && row.chartVersion == "1.0.0" && row.chartPublic == false)
        #expect(row.status == "PENDING_INSTALL" && row.statusDescription == "Initial install underway")
        #expect(row.description == "Initial install underway")
        #expect(row.createAt?.rfc3339 == "2023-11-14T12:30:57Z" && row.updateAt == row.createAt)
        #expect(try text(row.heavy.values) == #"{"basic":{"admin_password":"***","app_name":"magento"}}"#)
        #expect(row.heavy.parameters == .held(compressed: []) && row.heavy.resources == .held(compressed: []))
    }

    @Test(arguments: ["[]", " [ ] ", "[[]]", "[[],[]]"])
    func `an empty array is a good empty part`(body: String) throws {
        let part = try decode(body)
        #expect(part.rows.isEmpty && part.dropped == 0 && part.repaired == 0)
    }

    @Test(arguments: [
        "", " ", "null", "true", "12", "\"text\"", "{}", #"{"items":[]}"#,
        #"{"error_code":"APIGW.0301","error_msg":"x"}"#,
        "<!doctype html><html></html>", "[", "[{]", "[1,2]", "[null]", "[\"a\"]", "[{}]",
        "[[[{\"name\":\"a\",\"namespace\":\"b\"}]]]",
        #"[{"name":"a"}]"#, #"[{"namespace":"a"}]"#, #"[{"name":"","namespace":"a"}]"#,
        #"[{"name":1,"namespace":"a"}]"#,
        #"[{"name":"a","namespace":"b"}"#, #"[{"name":"a","namespace":"b"}] trailing"#,
        #"[{"name":"a","namespace":"b"},]"#,
        #"{"releases":[{"name":"a","namespace":"b"}]}"#, "{}[]", "[][]", "\u{FEFF}[]", "Service Unavailable",
        #"[{"name":"a","namespace":"b","x":"\ud8"}]"#,
    ])
    func `a body that is not such an array is an error, never an empty list`(body: String) {
        #expect(throws: InvalidBody.self) { try decode(body) }
    }
    @Test func `a body that is not UTF-8 is an error, wherever the bad byte is`() {
        let good = Array("[\(seedRow)]".utf8)
        for place in stride(from: 0, to: good.count, by: 7) {
            var bad = good
            bad.insert(0xFF, at: place)
            #expect(throws: InvalidBody.self) { try ReleaseDecoder.part(from: ResponseBody(bad), values: .drop) }
        }
    }
    @Test func `a body cut short anywhere is an error`() {
        let good = Array("[\(seedRow),\(seedRow)]".utf8)
        for count in 0..<good.count {
            #expect(throws: InvalidBody.self) {
                try ReleaseDecoder.part(from: ResponseBody(good[..<count]), values: .drop)
            }
        }
    }

    @Test(arguments: [
        "1", "null", "\"a\"", "[1]", "{}", #"{"name":"b"}"#, #"{"namespace":"b"}"#,
        #"{"name":"","namespace":"n"}"#,
        #"{"name":"b","namespace":null}"#, #"{"name":7,"namespace":"n"}"#, #"{"name":"\ud800","namespace":"n"}"#,
        #"{"name":"b","namespace":"n","name":"b"}"#, #"{"name":"b","namespace":"n","x":1,"x":1}"#,
        #"{"name":"b","namespace":"n","version":1,"version":2}"#,
        #"{"name":"b","namespace":"n","values":"","values":""}"#,
    ])
    func `a row that cannot be used is left out and counted`(row: String) throws {
        let part = try decode(#"[{"name":"a","namespace":"n"},\#(row)]"#)
        #expect(part.rows.map(\.name) == ["a"])
        #expect(part.dropped == 1 && part.repaired == 0)
    }

    @Test(arguments: [
        (#""version":"1""#, 1), (#""version":1.0"#, 1), (#""version":9223372036854775808"#, 1), (#""version":{}"#, 1),
        (#""version":true"#, 1), (#""version":1e2"#, 1), (#""version":null"#, 0), (#""chart_public":"true""#, 1),
        (#""chart_public":0"#, 1), (#""chart_name":1"#, 1), (#""chart_version":[]"#, 1), (#""status":false"#, 1),
        (#""status":"\udc00""#, 1), (#""description":{"a":{}}"#, 1), (#""status_description":2"#, 1),
        (#""create_at":"""#, 0),
        (#""create_at":1700000000"#, 1), (#""create_at":"yesterday""#, 1), (#""update_at":null"#, 0),
        (#""values":{"a":1}"#, 1), (#""parameters":[]"#, 1), (#""resources":false"#, 1), (#""unknown":{"a":[1]}"#, 0),
        (#""cluster_id":5"#, 0), (#""create_at":1,"update_at":2,"status":3"#, 3),
    ])
    func `a field of a wrong type is nil and counted`(member: String, repaired: Int) throws {
        let part = try decode(#"[{"name":"a","namespace":"n",\#(member)}]"#)
        #expect(part.dropped == 0 && part.repaired == repaired)
        #expect(part.rows.map(\.release) == [Release(namespace: "n", name: "a")])
    }
    @Test func `fields are counted as repaired in kept rows only`() throws {
        let part = try decode(
            #"[{"name":"a","namespace":"n","version":2},{"name":"a","namespace":"n","version":1,"status":1},{"version":"x"}]"#
        )
        #expect(part.dropped == 2 && part.repaired == 0)
    }

    @Test(arguments: [
        ("2023-11-14T20:30:57+08:00", "2023-11-14T12:30:57Z"), ("2021-08-20T08:00:29Z", "2021-08-20T08:00:29Z"),
        ("2018-08-02 03:48:58.968214406 +0000 UTC", "2018-08-02T03:48:58.968214406Z"),
        ("2018-08-02 06:20:28.81667161 +0000 UTC", "2018-08-02T06:20:28.81667161Z"),
        ("2018-08-02 06:20:28.8 +0800 CST", "2018-08-01T22:20:28.8Z"),
        ("2018-08-02 06:20:28 +0000 UTC", "2018-08-02T06:20:28Z"),
        ("2019-02-13T06:52:13.855000Z", "2019-02-13T06:52:13.855Z"), (" 2022-03-22T02:06:41Z", "2022-03-22T02:06:41Z"),
        ("2022-03-22T02:06:41", "2022-03-22T02:06:41Z"), ("2022-03-22 02:06:41 ", "2022-03-22T02:06:41Z"),
        ("2022-03-22T02:06:41-05:30", "2022-03-22T07:36:41Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2022-02-30T00:00:00Z", nil), ("2022-03-22", nil), ("1700000000", nil), ("  ", nil),
        ("2022-03-22T02:06:41+8", nil),
    ])
    func `every documented form of a time is read`(text: String, expected: String?) throws {
        let part = try decode(#"[{"name":"a","namespace":"n","update_at":"\#(text)"}]"#)
        #expect(part.rows.first?.updateAt?.rfc3339 == expected)
        #expect(part.repaired == (expected == nil ? 1 : 0))
    }

    @Test func `unknown words stay as they are and the row's own cluster does not count`() throws {
        let part = try decode(#"[{"name":"a","namespace":"n","status":"Überholt","cluster_id":"someone-else","v":2}]"#)
        #expect(part.rows.first?.status == "Überholt")
        #expect(part.contentHash == (try decode(#"[{"name":"a","namespace":"n","status":"Überholt"}]"#)).contentHash)
    }

    @Test(arguments: [
        (#""version":1"#, #""version":2"#), (#""version":null"#, #""version":0"#),
        (#""version":1"#, #""version":1,"update_at":"2023-11-14T20:30:57Z""#),
        (#""update_at":"2023-11-14T20:30:57+08:00""#, #""update_at":"2023-11-14T20:30:57Z""#),
    ])
    func `of one identity the higher version stays, then the later update`(worse: String, better: String) throws {
        let rows = [worse, better].map { #"{"name":"a","namespace":"n",\#($0)}"# }
        let alone = try decode("[\(rows[1])]")
        for body in ["[\(rows[0]),\(rows[1])]", "[\(rows[1]),\(rows[0])]", "[[\(rows[1])],[\(rows[0]),\(rows[0])]]"] {
            let part = try decode(body)
            #expect(part.rows == alone.rows && part.contentHash == alone.contentHash)
            #expect(part.dropped == (body.hasPrefix("[[") ? 2 : 1))
        }
    }

    @Test func `rows come sorted by the bytes of namespace and name`() throws {
        let names = [
            ("b", "a"), ("a", "é"), ("a", "e\u{301}"), ("a", "z"), ("a", "Z"), ("a-b", "a"), ("a", "🛶"), ("a", "a"),
        ]
        let body = names.map { #"{"namespace":"\#($0.0)","name":"\#($0.1)"}"# }.joined(separator: ",")
        let sorted = names.sorted {
            Array("\($0.0)\u{0}\($0.1)".utf8).lexicographicallyPrecedes(Array("\($1.0)\u{0}\($1.1)".utf8))
        }
        let part = try decode("[\(body)]")
        #expect(part.dropped == 0)
        #expect(part.rows.map { Array($0.name.utf8) } == sorted.map { Array($0.1.utf8) })
    }
}

@Suite struct ContentHashTests {
    private static let base = #""name":"a","namespace":"n""#

    @Test func `order, white space and escapes do not change a hash`() throws {
        let first = try decode(#"[{"name":"a","namespace":"n","status":"é"},{"name":"b","namespace":"n","version":1}]"#)
        let second = try decode(
            #"[[ {"version" : 1, "namespace":"n","name":"b"} , {"status":"\u00e9","namespace":"\u006e","name":"a"} ]]"#)
        #expect(first.contentHash == second.contentHash && first.rowHashes == second.rowHashes)
        #expect(first.rows == second.rows)
    }

    @Test func `every field counts, and so does nil`() throws {
        let members = [
            "", #","version":0"#, #","version":1"#, #","chart_name":"""#, #","chart_name":"x""#,
            #","chart_version":"x""#,
            #","chart_public":false"#, #","chart_public":true"#, #","status":"x""#, #","status_description":"x""#,
            #","description":"x""#, #","create_at":"2023-11-14T20:30:57Z""#, #","update_at":"2023-11-14T20:30:57Z""#,
            #","update_at":"2023-11-14T20:30:57.1Z""#, #","chart_name":"x","chart_version":"y""#,
            #","chart_name":"xy""#, #","chart_version":"xy""#,
        ]
        var hashes: Set<ContentHash> = []
        var rowHashes: Set<UInt64> = []
        for member in members {
            let part = try decode("[{\(Self.base)\(member)}]")
            hashes.insert(part.contentHash)
            rowHashes.formUnion(part.rowHashes)
        }
        #expect(hashes.count == members.count && rowHashes.count == members.count)
    }
    @Test func `heavy fields count in digests of their own, and so does nil`() throws {
        let members = [
            "", #","values":"""#, #","values":"{}""#, #","values":"{\"a\":1}""#, #","parameters":"{}""#,
            #","resources":"{}""#, #","values":"{}","parameters":"{}""#,
        ]
        var digests: Set<UInt64> = []
        let base = try decode("[{\(Self.base)}]")
        for member in members {
            let part = try decode("[{\(Self.base)\(member)}]")
            digests.insert(part.heavy.digest(of: 0))
            #expect(part.contentHash == base.contentHash && part.rowHashes == base.rowHashes)
        }
        #expect(digests.count == members.count)
    }
    @Test func `text that differs in what is masked alone gives one digest`() throws {
        let first = try decode(#"[{\#(Self.base),"values":"{\"password\":\"one\"}"}]"#)
        let second = try decode(#"[{\#(Self.base),"values":"{\"password\":\"two\"}"}]"#)
        #expect(first.heavy.digest(of: 0) == second.heavy.digest(of: 0))
        let kept = try decode(#"[{\#(Self.base),"values":"{\"password\":\"one\"}"}]"#, values: .keep)
        #expect(kept.heavy.digest(of: 0) != first.heavy.digest(of: 0))
    }
    @Test func `the hash of a known row stays what it is`() throws {
        let part = try decode("[\(seedRow)]")
        #expect(part.contentHash.hex(bytes: 8) == "4b98258352b1cb82")
        #expect(String(part.heavy.digest(of: 0), radix: 16) == "3e72ba6ffe901825")
    }
}

@Suite struct HeavyFieldTests {
    private let row =
        #"[{"name":"a","namespace":"n","values":"{\"token\":\"CANARY\",\"a\":1}","parameters":"password=CANARY","resources":""}]"#

    @Test func `redact masks, and withholds what is not JSON`() throws {
        let heavy = try #require(try decode(row).rows.first).heavy
        #expect(try text(heavy.values) == #"{"token":"***","a":1}"#)
        #expect(try text(heavy.parameters) == "[withheld: not JSON]")
        #expect(heavy.resources == .held(compressed: []))
    }
    @Test func `drop holds nothing but the empty text`() throws {
        let heavy = try #require(try decode(row, values: .drop).rows.first).heavy
        #expect(heavy == HeavyFields(values: .withheld, parameters: .withheld, resources: .held(compressed: [])))
    }
    @Test func `keep holds the text as it came`() throws {
        let heavy = try #require(try decode(row, values: .keep).rows.first).heavy
        #expect(try text(heavy.values) == #"{"token":"CANARY","a":1}"#)
        #expect(try text(heavy.parameters) == "password=CANARY")
    }
    @Test func `resources are masked like values`() throws {
        let body = #"[{"name":"a","namespace":"n","resources":"[{\"kind\":\"Secret\",\"data\":{\"a\":\"CANARY\"}}]"}]"#
        let heavy = try #require(try decode(body).rows.first).heavy
        #expect(try text(heavy.resources) == #"[{"kind":"Secret","data":{"a":"***"}}]"#)
    }
}

@Suite struct SingleReleaseTests {
    @Test func `one object is one release`() throws {
        let release = try ReleaseDecoder.release(from: ResponseBody(seedRow.utf8), values: .redact)
        #expect(release.name == "testwww")
    }
    @Test(arguments: [
        "", "[]", "{}", "null", "[{\"name\":\"a\",\"namespace\":\"b\"}]x", "{\"name\":\"a\",\"namespace\":\"b\"},{}",
        "{\"name\":\"a\",\"namespace\":\"b\"}],[", "<html>",
    ])
    func `anything else is an error`(body: String) {
        #expect(throws: InvalidBody.self) {
            try ReleaseDecoder.release(from: ResponseBody(body.utf8), values: .redact)
        }
    }
}

@Suite struct DecoderPropertyTests {
    @Test func `no mutation of a good body crashes, and every row is kept or counted`() {
        let (seed, runs) = (testSeed(), testRuns(default: 5_000))
        var random = SeededGenerator(seed: seed)
        let rows = (0..<4).map { seedRow.replacing("testwww", with: "release-\($0)") }.joined(separator: ",")
        let good = Array("[\(rows)]".utf8)
        var decoded = 0
        for _ in 0..<runs {
            var body = good
            for _ in 0...random.next(below: 3) {
                let place = random.next(below: body.count)
                switch random.next(below: 3) {
                case 0: body[place] = UInt8(truncatingIfNeeded: random.next(below: 256))
                case 1: body.remove(at: place)
                default: body.insert(Array("{}[],:\"\\u0n".utf8)[random.next(below: 11)], at: place)
                }
            }
            guard let part = try? ReleaseDecoder.part(from: ResponseBody(body), values: .redact) else { continue }
            decoded += 1
            // What a parser that knows nothing of releases counts.
            let elements = (try? JSONValue.parse(body))?.array ?? []
            let count = elements.reduce(0) { $0 + ($1.array?.count ?? 1) }
            #expect(part.rows.count + part.dropped == count, "seed \(seed)")
        }
        #expect(decoded * 50 > runs, "seed \(seed)")
    }

    @Test func `50,000 rows come out whole`() throws {
        func body(_ count: Int) -> String {
            "["
                + (0..<count).map { #"{"namespace":"n\#($0 % 50)","name":"r\#($0)","version":1,"values":"{\"a\":1}"}"# }
                .joined(separator: ",") + "]"
        }
        let part = try decode(body(50_000), values: .drop)
        #expect(part.rows.count == 50_000 && part.dropped == 0)
    }
}

@Suite struct TakingOverTests {
    private func rows(_ passwords: [String]) -> [String] {
        passwords.enumerated().map { index, password in
            seedRow.replacing("testwww", with: "release-\(index)").replacing("hunter2", with: password)
        }
    }
    private func decode(
        _ rows: [String], values: ValuesPolicy = .redact, after previous: ClusterPart?
    ) throws(InvalidBody) -> ClusterPart {
        let body = ResponseBody("[\(rows.joined(separator: ","))]".utf8)
        return try ReleaseDecoder.part(from: body, values: values, previous: previous)
    }
    private func expectEqual(_ part: ClusterPart, _ other: ClusterPart, _ comment: Comment? = nil) {
        #expect(part.rows == other.rows && part.rowHashes == other.rowHashes, comment)
        #expect(part.contentHash == other.contentHash, comment)
        for row in 0..<part.count { #expect(part.heavy.digest(of: row) == other.heavy.digest(of: row), comment) }
        #expect(part.dropped == other.dropped && part.repaired == other.repaired, comment)
        #expect(part.rendered.bytes == other.rendered.bytes, comment)
    }

    @Test func `a row that comes again as it was shares its text with the one before, in whatever order`() throws {
        let first = try decode(rows(["a", "b", "c"]), after: nil)
        let second = try decode(rows(["a", "b", "c"]).reversed(), after: first)
        expectEqual(first, second)
        // A marker put into the part held shows which rows were taken from there.
        var marked = first.rows.map(\.release)
        for index in marked.indices { marked[index].description = "taken over" }
        let held = ClusterPart(
            rows: marked, rowHashes: first.rowHashes, contentHash: first.contentHash, dropped: 0, repaired: 0,
            sources: first.sources)
        let third = try decode(rows(["a", "new", "c"]), after: held)
        #expect(third.rows.map(\.description) == ["taken over", "Initial install underway", "taken over"])
    }
    @Test func `a row whose text changed is decoded and masked anew`() throws {
        let first = try decode(rows(["a", "b"]), after: nil)
        var changed = rows(["a", "b"])
        changed[1] = changed[1].replacing("magento", with: "drupal")
        let second = try decode(changed, after: first)
        expectEqual(second, try decode(changed, after: nil))
        #expect(second.rows[0] == first.rows[0])
        let digests = [first, second].map { $0.heavy.digest(of: 1) }
        #expect(digests[0] != digests[1])
        #expect(try text(second.rows[1].heavy.values) == #"{"basic":{"admin_password":"***","app_name":"drupal"}}"#)
    }
    @Test func `blocks of texts that are mostly replaced are let go`() throws {
        func body(_ round: Int) -> [String] {
            // One row changes in each round, one after the other.
            let text = String(repeating: "one line of some text, ", count: 20)
            return rows((0..<200).map { row in "\(text)\(row) \((round + 199 - row) / 200)" })
        }
        var part = try decode(body(0), values: .keep, after: nil)
        for round in 1...400 { part = try decode(body(round), values: .keep, after: part) }
        let fresh = try decode(body(400), values: .keep, after: nil)
        expectEqual(part, fresh)
        #expect(part.heavy.frameByteCount < 3 * fresh.heavy.frameByteCount)
        let count = try decode(body(400), values: .keep, after: fresh).heavy.frameByteCount
        #expect(count == fresh.heavy.frameByteCount, "nothing changed")
    }
    @Test func `what was held under another policy is not taken over`() throws {
        for before in ValuesPolicy.allCases {
            let held = try decode(rows(["CANARY"]), values: before, after: nil)
            for policy in ValuesPolicy.allCases {
                let fresh = try decode(rows(["CANARY"]), values: policy, after: nil)
                expectEqual(try decode(rows(["CANARY"]), values: policy, after: held), fresh)
            }
        }
    }
    @Test func `fields withheld for want of memory are read again`() throws {
        let first = try decode(rows(["a"]), after: nil)
        var withheld = first.rows.map(\.release)
        withheld[0].heavy.values = .withheld
        let held = ClusterPart(
            rows: withheld, rowHashes: first.rowHashes, contentHash: first.contentHash, dropped: 0, repaired: 0,
            sources: first.sources)
        expectEqual(try decode(rows(["a"]), after: held), first)
    }
    @Test func `a row given twice and fields repaired count as they did`() throws {
        let repaired = seedRow.replacing("\"version\":1", with: "\"version\":\"1\"")
        let first = try decode([seedRow, repaired, seedRow, "7"], after: nil)
        #expect(first.dropped == 3)
        expectEqual(try decode([seedRow, repaired, seedRow, "7"], after: first), first)
        let alone = try decode([repaired], after: nil)
        #expect(alone.repaired == 1)
        expectEqual(try decode([repaired], after: alone), alone)
    }

    @Test func `whatever changes, the part is the same with the one before and without`() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let good = Array("[\(rows(["a", "b", "c", "d"]).joined(separator: ","))]".utf8)
        var held = try ReleaseDecoder.part(from: ResponseBody(good), values: .redact)
        for _ in 0..<2_000 {
            var body = good
            for _ in 0..<random.next(below: 3) {
                let place = random.next(below: body.count)
                body[place] = Array("abe1{}[],:\"\\u0n".utf8)[random.next(below: 14)]
            }
            let fresh = try? ReleaseDecoder.part(from: ResponseBody(body), values: .redact)
            let next = try? ReleaseDecoder.part(from: ResponseBody(body), values: .redact, previous: held)
            #expect((fresh == nil) == (next == nil), "seed \(seed)")
            guard let fresh, let next else { continue }
            expectEqual(next, fresh, "seed \(seed)")
            held = next
        }
    }
}
