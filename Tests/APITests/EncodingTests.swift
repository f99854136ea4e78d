import Compression
import GatewayTestKit
import Inbound
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct EncodingTests {
    struct Rule: CustomTestStringConvertible {
        let fields: [String]
        let preferred: ContentCoding?
        let takesIdentity: Bool
        init(_ fields: [String], _ preferred: ContentCoding?, identity: Bool = true) {
            (self.fields, self.preferred, takesIdentity) = (fields, preferred, identity)
        }
        var testDescription: String { fields.joined(separator: " | ") }
    }
    static let rules = [
        Rule([], nil), Rule([""], nil), Rule(["gzip"], .gzip), Rule(["zstd"], .zstd), Rule(["x-gzip"], .gzip),
        Rule(["gzip, deflate, br, zstd"], .zstd), Rule(["gzip", "zstd;q=0.9"], .gzip), Rule(["GZIP ; Q=0.1"], .gzip),
        Rule(["br"], nil), Rule(["*"], .zstd), Rule(["*;q=0.5, zstd;q=0"], .gzip), Rule(["gzip;q=0"], nil),
        Rule(["gzip;q=0, *"], .zstd), Rule(["identity"], nil), Rule(["identity;q=0.5, gzip;q=0.4"], nil),
        Rule(["identity;q=0.5, gzip;q=0.5"], .gzip), Rule(["gzip;q=0.2"], .gzip),
        Rule(["identity;q=0"], nil, identity: false), Rule(["*;q=0"], nil, identity: false),
        Rule(["*;q=0, identity"], nil), Rule(["*;q=0, gzip"], .gzip, identity: false),
        Rule(["identity;q=0, br"], nil, identity: false), Rule(["identity;q=0, *;q=0.001"], .zstd, identity: false),
        Rule(["gzip;q=nonsense"], .gzip), Rule(["gzip;q=1.5"], .gzip), Rule(["gzip;q=0.0000"], .gzip),
        Rule([", ,"], nil), Rule(["gzip;level=9;q=0.000"], nil),
    ]
    @Test(arguments: rules)
    func `weights decide the coding, and the better one where they are equal`(rule: Rule) {
        let encoding = AcceptEncoding(rule.fields.map { ("accept-encoding", $0) } + [("accept", "gzip")])
        #expect(encoding.preferred == rule.preferred)
        #expect(encoding.takesIdentity == rule.takesIdentity)
    }
    @Test(arguments: [
        ("q=1", 1000), ("q=1.0", 1000), ("q=0.5", 500), ("q=0.25", 250), ("q=0.999", 999), ("q=0", 0), ("Q=0.1", 100),
        ("q=0.", 0), ("", 1000), ("q=", 1000), ("q=2", 1000), ("q=1.1", 1000), ("q=-1", 1000), ("q=0.1234", 1000),
        ("q=.5", 1000), ("q=0.5x", 1000),
    ])
    func `a weight has at most three decimals and is at most one`(text: String, weight: Int) {
        #expect(QualityValue.of(parameters: [Substring(text)]) == weight)
    }

    private static let time = ManualTime()
    private func client(rows: Int) throws -> Client {
        let fleet = Fleet.fresh(["a"], at: Self.time) { _ in (0..<rows).map { .sample("default", "app-\($0)") } }
        return try Client(FakeSource(fleet.snapshot()), time: Self.time)
    }

    @Test(arguments: ["GET", "HEAD"])
    func `a page comes compressed and says the same`(method: String) async throws {
        let client = try client(rows: 60)
        let plain = await client.get("/releases", method: method)
        #expect(plain.field("Content-Encoding") == nil)
        let zstd = await client.get("/releases", [("accept-encoding", "zstd, gzip")], method: method)
        #expect(zstd.field("Content-Encoding") == "zstd")
        #expect(zstd.field("Vary") == "Accept, Accept-Encoding, Authorization")
        #expect(try Zstd.decompress(zstd.body, limit: 1 << 20).count == plain.body.count)
        #expect(zstd.body.count < plain.body.count / 3)
        let gzip = await client.get("/releases", [("accept-encoding", "gzip")], method: method)
        #expect(gzip.field("Content-Encoding") == "gzip")
        #expect(gzip.body.starts(with: [0x1f, 0x8b]))
        #expect(gzip.body.count < plain.body.count / 3)
        // Weak tags mean what is said, not how.
        #expect(plain.field("ETag") == zstd.field("ETag") && plain.field("ETag") == gzip.field("ETag"))
        #expect(!zstd.waited && !gzip.waited)
        let tag = try #require(plain.field("ETag"))
        let same = await client.get("/releases", [("accept-encoding", "gzip"), ("if-none-match", tag)])
        #expect(same.status == 304 && same.body.isEmpty && same.field("Content-Encoding") == nil)
    }
    @Test func `small bodies are left as they are, unless that is refused`() async throws {
        let client = try client(rows: 1)
        let small = await client.get("/releases", [("accept-encoding", "gzip")])
        #expect(small.body.count < 1024 && small.field("Content-Encoding") == nil)
        let strict = await client.get("/releases", [("accept-encoding", "gzip, identity;q=0")])
        #expect(strict.field("Content-Encoding") == "gzip")
    }
    @Test func `large bodies are compressed off the server's thread`() async throws {
        let client = try client(rows: 300)
        for target in ["/releases?page_size=300", "/openapi.json"] {
            let plain = await client.get(target)
            #expect(!plain.waited)
            let coded = await client.get(target, [("accept-encoding", "zstd")])
            #expect(coded.waited && coded.field("Content-Encoding") == "zstd")
            let bytes = try Zstd.decompress(coded.body, limit: 1 << 20)
            #expect(target == "/openapi.json" ? bytes == plain.body : bytes.count == plain.body.count)
        }
    }
    @Test func `who takes nothing that there is hears so, but for probes`() async throws {
        let client = try client(rows: 1)
        let fields = [(name: "accept-encoding", value: "br, identity;q=0")]
        for target in ["/releases", "/v1/clusters", "/openapi.yaml"] {
            let reply = await client.get(target, fields)
            #expect(reply.status == 406 && reply.code == "not_acceptable")
        }
        for target in ["/livez", "/readyz"] { #expect(await client.get(target, fields).status == 200) }
        // A problem is a problem, however it may be sent.
        #expect(await client.get("/nowhere", fields).status == 404)
    }
}
