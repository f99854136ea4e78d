import Cryptography
import GatewayTestKit
import Inbound
import Settings
import Testing
import Timing

@testable import API

@Suite struct AuthenticatorTests {
    private func config(_ keys: [String], anonymous: Bool = false) -> AuthConfig {
        var config = AuthConfig()
        config.allowsAnonymous = anonymous
        config.apiKeys = keys.map { APIKeyConfig(name: $0, digest: sha256($0.utf8)) }
        return config
    }
    private func caller(_ config: AuthConfig, _ fields: [String]) -> Caller? {
        let keys = CallerKeys(config, secrets: SecretReader(environment: [:]))
        return try? Authenticator(config, keys: keys, time: SystemTime()).access(
            of: InboundRequest(target: "/releases", fields: fields.map { ("authorization", $0) })
        ).caller
    }

    @Test(arguments: ["", "null", "[]"])
    func `policies that are written and hold nothing are refused, since none at all would show everything`(
        text: String
    ) throws {
        let section = try Section(yaml: Array("policies: \(text)\n".utf8))
        let auth = AuthConfig(reading: section)
        #expect(section.problems.map(\.path) == ["policies"] && auth.policies == [])
    }

    @Test(arguments: [
        (["Bearer FAKE-KEY-2"], true), (["bearer FAKE-KEY-1"], true), (["BEARER   FAKE-KEY-1"], true),
        (["Bearer FAKE-KEY-3"], false), (["Bearer FAKE-KEY-1 "], false), (["Bearer "], false), (["Bearer"], false),
        (["Basic FAKE-KEY-1"], false), (["FAKE-KEY-1"], false), ([], false),
        (["Bearer FAKE-KEY-1", "Bearer FAKE-KEY-1"], false), (["Bearer FAKE-KEY-1", ""], false),
    ])
    func `a caller is known by one bearer token whose digest is configured`(fields: [String], isKnown: Bool) {
        #expect(caller(config(["FAKE-KEY-1", "FAKE-KEY-2"]), fields) == (isKnown ? .keyHolder : nil))
    }
    @Test func `anonymous callers are answered only where that is written down or no key exists`() {
        #expect(caller(config(["FAKE-KEY-1"], anonymous: true), []) == .anonymous)
        #expect(caller(config([]), []) == .anonymous)
        #expect(caller(config(["FAKE-KEY-1"]), []) == nil)
    }
    @Test func `a wrong key is refused even where none is needed`() {
        #expect(caller(config(["FAKE-KEY-1"], anonymous: true), ["Bearer wrong"]) == nil)
        #expect(caller(config([]), ["Bearer wrong"]) == nil)
    }
    @Test(arguments: [0, 1, 2, nil] as [Int?])
    func `every key is compared, whichever matches`(matching: Int?) {
        let keys = ["FAKE-KEY-0", "FAKE-KEY-1", "FAKE-KEY-2"]
        let digests = keys.map { sha256($0.utf8) }
        var compared: [[UInt8]] = []
        let sought = sha256((matching.map { keys[$0] } ?? "none").utf8)
        let found = Authenticator.matchingKey(sought, among: digests) { left, right in
            compared.append(left)
            return left == right
        }
        #expect(found == matching)
        #expect(compared == digests)
    }
}
