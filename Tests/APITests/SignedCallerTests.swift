import Cryptography
import GatewayTestKit
import Inbound
import Settings
import Signing
import Testing
import Timing

@testable import API

/// Callers that sign with a key of this gateway, as for the cloud.
@Suite struct SignedCallerTests {
    private static let secret = "obviously-fake-secret-of-a-caller-000001"
    private let time = ManualTime()

    private func config(_ extra: String = "") throws -> AuthConfig {
        let text = """
            accessKeys:
              - { name: exporter, groups: [tools], accessKey: {env: AK}, secretKey: {env: SK} }
              - { name: exporter, groups: [tools], accessKey: {env: AK2}, secretKey: {env: SK2} }
            \(extra)
            """
        let section = try Section(yaml: Array(text.utf8))
        let config = AuthConfig(reading: section)
        #expect(section.problems.isEmpty)
        return config
    }
    private let environment = [
        "AK": "GWKEYEXAMPLE00000001", "SK": secret, "AK2": "GWKEYEXAMPLE00000002", "SK2": secret + "-new",
    ]
    private func authenticator() throws -> Authenticator {
        let config = try config()
        let keys = CallerKeys(config, secrets: SecretReader(environment: environment))
        #expect(keys.reload() == [])
        return Authenticator(config, keys: keys, time: time)
    }

    /// What a caller sends who signs as the cloud's SDKs do.
    private func request(
        _ target: String = "/releases?page_size=5&namespace=a+b", accessKey: String = "GWKEYEXAMPLE00000001",
        secret: String = secret, clock: Duration = .zero, method: String = "GET",
        change: (inout [(name: String, value: String)]) -> Void = { _ in }
    ) throws -> InboundRequest {
        let plain = InboundRequest(target: target, method: method)
        let credential = Credential(accessKey: accessKey, secretKey: Secret(secret.utf8))
        let date = Self.date(time.wall + clock)
        var fields = [(name: "host", value: "gateway.example:8080"), (name: "x-sdk-date", value: date)]
        let canonical = CanonicalRequest(
            method: method, path: plain.rawPath, query: plain.query, fields: fields,
            payloadHash: CanonicalRequest.emptyHash)
        let key = try HMACSHA256(key: credential.secretKey.bytes)
        let signature = hex(try key.authenticate(Array(canonical.stringToSign(date: date).utf8)))
        fields.append(
            (
                "authorization",
                "SDK-HMAC-SHA256 Access=\(accessKey), SignedHeaders=\(canonical.signedNames), Signature=\(signature)"
            ))
        change(&fields)
        return InboundRequest(target: target, method: method, fields: fields, arrivedAt: time.uptime)
    }
    private static func date(_ instant: Instant) -> String {
        instant.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    private func failure(_ authenticator: Authenticator, _ request: InboundRequest) -> AuthenticationFailure? {
        do throws(AuthenticationFailure) {
            _ = try authenticator.access(of: request)
            return nil
        } catch { return error }
    }

    @Test func `a caller is known by each of its keys, with its name and groups`() throws {
        let authenticator = try authenticator()
        for (key, secret) in [("1", Self.secret), ("2", Self.secret + "-new")] {
            let access = try authenticator.access(
                of: try request(accessKey: "GWKEYEXAMPLE0000000\(key)", secret: secret))
            #expect(access.name == "exporter" && access.groups == ["tools"] && access.caller == .keyHolder)
        }
    }

    @Test func `the same request asked about twice is the same, sent again it is refused`() throws {
        let authenticator = try authenticator()
        let first = try request()
        #expect(failure(authenticator, first) == nil)
        time.advance(by: .seconds(5))
        // An answer that waits asks a second time.
        #expect(failure(authenticator, first) == nil)
        let again = InboundRequest(
            method: first.method, path: first.path, rawPath: first.rawPath, query: first.query,
            fields: first.fields, arrivedAt: time.uptime)
        #expect(failure(authenticator, again) == .replayed)
        #expect(failure(authenticator, try request()) == nil)
    }

    @Test func `nothing of what was signed may be altered`() throws {
        let authenticator = try authenticator()
        let signed = try request()
        func altered(method: String = "GET", _ target: String) -> InboundRequest {
            InboundRequest(target: target, method: method, fields: signed.fields, arrivedAt: time.uptime)
        }
        for target in [
            "/releases?page_size=6&namespace=a+b", "/releases?page_size=5", "/v1/releases?page_size=5&namespace=a+b",
            "/releases?page_size=5&namespace=a+b&view=full",
        ] { #expect(failure(authenticator, altered(target)) == .wrongSignature) }
        #expect(
            failure(authenticator, altered(method: "HEAD", "/releases?page_size=5&namespace=a+b")) == .wrongSignature)
        let host = try request { $0[0].value = "elsewhere.example" }
        #expect(failure(authenticator, host) == .wrongSignature)
        // The order of parameters is not signed: the cloud's rule sorts them.
        #expect(failure(authenticator, altered("/releases?namespace=a%20b&page_size=5")) == nil)
    }

    @Test(arguments: [(-900, true), (900, true), (-901, false), (901, false), (86_400, false)])
    func `a clock may be a quarter of an hour off`(seconds: Int, isLetIn: Bool) throws {
        let failure = failure(try authenticator(), try request(clock: .seconds(seconds)))
        #expect(failure == (isLetIn ? nil : .clockOff(by: .seconds(seconds))))
    }

    @Test func `an unknown key and a wrong secret are told in the same words`() throws {
        let authenticator = try authenticator()
        #expect(failure(authenticator, try request(accessKey: "GWKEYEXAMPLE00000009")) == .wrongSignature)
        #expect(failure(authenticator, try request(secret: Self.secret + "x")) == .wrongSignature)
    }

    @Test func `what is no signature, or not of the form, is refused`() throws {
        let authenticator = try authenticator()
        func failure(_ change: (inout [(name: String, value: String)]) -> Void) throws -> AuthenticationFailure? {
            self.failure(authenticator, try request(change: change))
        }
        #expect(try failure { $0.append(("authorization", $0[2].value)) } == .noKey)
        #expect(try failure { $0[2].value = "SDK-HMAC-SHA256 Access=a" } == .malformedSignature)
        #expect(try failure { $0[2].value += ", Signature=0" } == .malformedSignature)
        #expect(try failure { $0[2].value.replace("SDK-HMAC-SHA256", with: "SDK-HMAC-SM3") } == .noKey)
        #expect(try failure { $0[2].value.replace("host;x-sdk-date", with: "host") } == .dateNotSigned)
        #expect(try failure { $0[2].value.replace("host;", with: "host;range;") } == .malformedSignature)
        #expect(try failure { $0.remove(at: 1) } == .dateMissing)
        #expect(try failure { $0[1].value = "2024-11-06T08:15:30Z" } == .dateMissing)
        // The first one is signed; which of the two another reader takes is not known.
        #expect(try failure { $0.append(("x-sdk-date", "20300101T000000Z")) } == .malformedSignature)
        #expect(try failure { $0[2].value = String($0[2].value.dropLast()) } == .wrongSignature)
    }

    @Test func `keys that cannot be used are problems that name the place, and never the key`() throws {
        let config = try config()
        func problems(_ environment: [String: String]) -> [String] {
            CallerKeys.problems(of: config, secrets: SecretReader(environment: environment)).map(\.description)
        }
        #expect(problems(environment) == [])
        var same = environment
        same["AK2"] = same["AK"]
        #expect(problems(same).map { $0.prefix(29) } == ["accessKeys[1].accessKey: is t"])
        var short = environment
        short["SK"] = "obviously-fake"
        #expect(problems(short) == ["accessKeys[0].secretKey: must hold 32 bytes or more"])
        var missing = environment
        missing["SK"] = nil
        #expect(problems(missing).count == 1 && problems(missing).allSatisfy { $0.contains("SK is not set") })
    }

    @Test func `an API key may be kept in a file or a variable, and is exchanged by reading again`() throws {
        let text = """
            apiKeys:
              - { name: dashboards, key: {env: OLD} }
              - { name: dashboards, sha256: \(hex(sha256("FAKE-NEW".utf8))) }
            """
        let section = try Section(yaml: Array(text.utf8))
        let config = AuthConfig(reading: section)
        #expect(section.problems.isEmpty)
        let keys = CallerKeys(config, secrets: SecretReader(environment: ["OLD": "FAKE-OLD"]))
        let authenticator = Authenticator(config, keys: keys, time: time)
        func isKnown(_ key: String) -> Bool {
            failure(authenticator, InboundRequest(target: "/", fields: [("authorization", "Bearer \(key)")])) == nil
        }
        #expect(isKnown("FAKE-NEW") && !isKnown("FAKE-OLD"))
        #expect(keys.reload() == [])
        #expect(isKnown("FAKE-NEW") && isKnown("FAKE-OLD") && !isKnown("FAKE-OTHER"))
    }

    @Test(arguments: [
        ("apiKeys: [{ name: a, groups: [x], sha256: D }, { name: a, sha256: D }]", "apiKeys[1].groups"),
        ("apiKeys: [{ name: \"\", sha256: D }]", "apiKeys[0].name"),
        ("apiKeys: [{ sha256: D }]", "apiKeys[0].name"),
        ("apiKeys: [{ name: a }]", "apiKeys[0].sha256"),
        ("apiKeys: [{ name: a, sha256: abc }]", "apiKeys[0].sha256"),
        ("apiKeys: [{ name: a, sha256: D, key: {env: K} }]", "apiKeys[0].key"),
        ("accessKeys: [{ name: a, secretKey: {env: SK} }]", "accessKeys[0].accessKey"),
        ("accessKeys: [{ name: a, accessKey: {env: AK} }]", "accessKeys[0].secretKey"),
        ("accessKeys: [{ name: a, accessKey: plain, secretKey: {env: SK} }]", "accessKeys[0].accessKey"),
    ])
    func `an entry that is wrong is a problem at its place`(text: String, path: String) throws {
        let digest = String(repeating: "ab", count: 32)
        let section = try Section(yaml: Array("\(text.replacing("D", with: digest))\n".utf8))
        _ = AuthConfig(reading: section)
        #expect(section.problems.map(\.path) == [path])
    }
}
