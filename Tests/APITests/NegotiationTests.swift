import Inbound
import Query
import Testing

@testable import API

@Suite struct NegotiationTests {
    @Test(arguments: [
        ([], true), (["application/json"], true), (["*/*"], true), (["application/*"], true), ([""], true),
        (["Application/JSON;charset=utf-8"], true), (["text/html, application/json;q=0.1"], true),
        (["text/html", "application/json"], true), (["application/json, application/problem+json"], true),
        (["application/problem+json"], false), (["text/html"], false), (["text/*"], false),
        (["application/json;q=0"], false), (["*/*, application/json; q=0.000"], false),
        (["application/*;q=0, */*"], false), (["text/html, */*;q=0"], false),
        (["*/*;q=0, application/json"], true), (["*/json"], false),
    ])
    func `the most specific range decides whether JSON is taken`(values: [String], isTaken: Bool) {
        let ranges = MediaRange.ranges(values.map { ("accept", $0) } + [("accept-language", "text/html")])
        #expect(MediaRange.accept(ranges, type: "application", subtype: "json") == isTaken)
    }
    @Test func `a tag matches lists, itself in strong form, and the asterisk`() {
        let tag = EntityTag([1, 2, 3])
        let strong = String(tag.text.dropFirst(2))
        for value in [tag.text, strong, "*", "\"a\", \(tag.text)", " \(strong) , \"b\""] {
            #expect(tag.matches([("if-none-match", value)]), "\(value)")
        }
        for value in ["", "\"a\"", "W/\"a\", \"b\"", String(strong.dropLast()), tag.text.lowercased()] {
            #expect(!tag.matches([("if-none-match", value)]), "\(value)")
        }
        #expect(!tag.matches([("etag", tag.text)]))
    }
    @Test func `pieces of a fingerprint cannot run into each other`() {
        func bytes(_ parts: [String?]) -> [UInt8] {
            var fingerprint = Fingerprint()
            for part in parts { fingerprint.add(part) }
            return fingerprint.bytes
        }
        let all: [[String?]] = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["abc", nil], [nil, "abc"]]
        #expect(Set(all.map(bytes)).count == all.count)
    }
    @Test(arguments: ["a", "req-1.2_3", String(repeating: "x", count: 64)])
    func `a sane request id is kept`(given: String) {
        #expect(RequestID.of(InboundRequest(target: "/", fields: [("x-request-id", given)])) == given)
    }
    @Test(arguments: [[], [""], ["a b"], ["<x>"], [String(repeating: "x", count: 65)], ["é"], ["a", "a"]])
    func `any other request id is replaced`(given: [String]) {
        let made = RequestID.of(InboundRequest(target: "/", fields: given.map { ("x-request-id", $0) }))
        #expect(!given.contains(made))
        #expect(made.utf8.count == 24)
        #expect(RequestID.of(nil) != made)
    }
    @Test func `a link reads back as the same query with the token`() {
        let query: [(name: String, value: String)] = [
            ("name", "a b+c%&=#>\""), ("label.a/b", "é*"), ("page_token", "old"), ("name", "!x,y\\*"), ("q", "x"),
        ]
        let link = NextLink.value(path: "/releases", query: query, token: "NEW-_token")
        let target = link.dropFirst().prefix { $0 != ">" }
        #expect(link == "<\(target)>; rel=\"next\"")
        let read = InboundRequest(target: String(target))
        let expected = query.filter { $0.name != "page_token" } + [("page_token", "NEW-_token")]
        #expect(read.rawPath == "/releases")
        #expect(read.query.map(\.name) == expected.map(\.name))
        #expect(read.query.map(\.value) == expected.map(\.value))
    }
    @Test(arguments: [("abc", 3, "abc"), ("abcd", 3, "abc"), ("aé", 2, "a"), ("é", 1, ""), ("👍🏽x", 5, "👍")])
    func `what is reflected is cut between characters`(text: String, count: Int, cut: String) {
        #expect(text.cut(toBytes: count) == cut)
    }
}
