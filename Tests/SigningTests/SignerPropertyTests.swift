import GatewayTestKit
import Settings
import Signing
import Testing
import Timing

@Suite struct SignerPropertyTests {
    private static let tame = Array("abcXYZ019-_.~")
    private static let wild = tame + Array(" +*%&=?#/:;,@!$'()[]{}|\\^`\"<>\téß中😀Ａ")

    @Test func `random calls are signed as a second, naive reading of the rules signs them, and verified`() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for round in 0..<testRuns(default: 500) {
            let segments = (0...Int.random(in: 0...5, using: &random)).map { _ in
                random.text(0...8, from: Self.wild.filter { $0 != "/" })
            }
            let path = "/" + segments.map(NaiveSigner.encode).joined(separator: "/")
            let query = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                (random.text(1...3, from: Self.wild), random.text(0...6, from: Self.wild))
            }
            let extra = (0..<Int.random(in: 0...4, using: &random)).map { index in
                (
                    "X-\(random.text(1...6, from: Self.tame.filter { $0 != "~" && $0 != "." }))-\(index)",
                    " " + random.text(0...12, from: Self.wild.filter { $0 != "\t" })
                )
            }
            let body = random.text(0...30, from: Self.wild)
            let secret = random.text(1...90, from: Self.tame)
            let host = random.text(1...9, from: Array("abc019")) + ":8443"
            let instant = Instant(seconds: Int64.random(in: 0...4_000_000_000, using: &random))
            let method = ["get", "POST", "Put"].randomElement(using: &random) ?? "GET"

            let credential = Credential(accessKey: "AKEXAMPLE", secretKey: Secret(secret.utf8))
            let signed = try Signer(credential: credential, projectID: "p")
                .sign(
                    UnsignedRequest(
                        method: method, host: host, path: path, query: query.map { ($0.0, $0.1) },
                        fields: extra.map { ($0.0, $0.1) }, body: Array(body.utf8)), at: instant)

            let canonical = NaiveSigner.canonicalRequest(
                method: method, path: path, query: query,
                headers: extra + [("Host", host), ("X-Sdk-Date", instant.basicFormat), ("X-Project-Id", "p")],
                body: body)
            let replay = Comment("seed \(seed), round \(round)")
            #expect(signed.canonicalRequest.utf8.elementsEqual(canonical.utf8), replay)
            let signature = NaiveSigner.signature(of: canonical, date: instant.basicFormat, secretKey: secret)
            #expect(signed.authorization.hasSuffix("Signature=\(signature)"), replay)

            let verdict = SignatureVerifier().verify(
                method: method, path: signed.path, query: query.map { ($0.0, $0.1) },
                fields: signed.fields + [("host", host)], body: Array(body.utf8), at: instant + .seconds(60)
            ) { $0 == "AKEXAMPLE" ? credential : nil }
            #expect(verdict == .accepted(accessKey: "AKEXAMPLE"), replay)
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func text(_ counts: ClosedRange<Int>, from alphabet: [Character]) -> String {
        let count = Int.random(in: counts, using: &self)
        return String((0..<count).map { _ in alphabet.randomElement(using: &self) ?? "a" })
    }
}
