import Foundation
import GatewayTestKit
import Inbound
import Settings
import Testing
import Timing

@testable import API

/// Callers that show a token of an issuer (JWT).
@Suite struct TokenTests {
    private static let issuer = "https://issuer.example"
    private let time = ManualTime()
    private let file = FileManager.default.temporaryDirectory.appending(path: "jwks-\(UUID().uuidString).json")

    private func write(_ keys: [String]) throws {
        try Data(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8).write(to: file, options: .atomic)
    }
    private func keys(callers: String? = nil) throws -> (AuthConfig, CallerKeys) {
        let callers =
            callers ?? """
                      - { name: portal, claims: { sub: "system:serviceaccount:portal:*" } }
                      - { name: operators, groups: [ops], claims: { groups: "sre-*", email: "*@example.com" } }
                      - { name: pods, claims: { kubernetes.io.namespace: tools } }
                """
        let text = """
            tokenIssuers:
              - issuer: \(Self.issuer)
                audiences: [release-gateway, other-name]
                jwksFile: \(file.path)
                callers:
            \(callers)
            """
        let section = try Section(yaml: Array(text.utf8))
        let config = AuthConfig(reading: section)
        #expect(section.problems.isEmpty, "\(section.problems)")
        return (config, CallerKeys(config, secrets: SecretReader(environment: [:])))
    }
    private func claims(
        issuer: String = issuer, subject: String = "system:serviceaccount:portal:web",
        audience: String = #""release-gateway""#, end: Duration = .seconds(600), more: String = ""
    ) -> String {
        #"{"iss":"\#(issuer)","sub":"\#(subject)","aud":\#(audience),"exp":\#((time.wall + end).seconds)\#(more)}"#
    }
    private func outcome(_ authenticator: Authenticator, _ token: String) -> Result<String?, AuthenticationFailure> {
        let request = InboundRequest(target: "/releases", fields: [("authorization", "Bearer \(token)")])
        return Result { () throws(AuthenticationFailure) in try authenticator.access(of: request).name }
    }

    @Test(arguments: TokenSigner.Algorithm.allCases)
    func `a token of each algorithm tells its caller`(algorithm: TokenSigner.Algorithm) throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let signer = try TokenSigner(algorithm)
        try write([signer.jwk(id: "a")])
        let (config, keys) = try keys()
        let authenticator = Authenticator(config, keys: keys, time: time)
        #expect(outcome(authenticator, try signer.token(id: "a", claims: claims())) == .failure(.noKey))
        #expect(keys.reload() == [])
        #expect(outcome(authenticator, try signer.token(id: "a", claims: claims())) == .success("portal"))
        let header = #"{"alg":"\#(algorithm.rawValue)"}"#
        #expect(outcome(authenticator, try signer.token(header: header, claims: claims())) == .success("portal"))
    }

    @Test func `what claims must be is looked at one caller after the other`() throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let signer = try TokenSigner(.edDSA)
        try write([signer.jwk(id: "a")])
        let (config, keys) = try keys()
        #expect(keys.reload() == [])
        let authenticator = Authenticator(config, keys: keys, time: time)
        func caller(_ subject: String, _ more: String) throws -> Result<String?, AuthenticationFailure> {
            outcome(authenticator, try signer.token(id: "a", claims: claims(subject: subject, more: more)))
        }
        #expect(try caller("x", #","groups":["dev","sre-eu"],"email":"a@example.com""#) == .success("operators"))
        #expect(try caller("x", #","groups":"sre-eu","email":"a@example.com""#) == .success("operators"))
        #expect(try caller("x", #","groups":["sre-eu"],"email":"a@example.org""#) == .failure(.tokenOfNobody))
        #expect(try caller("x", #","groups":["sre-eu"]"#) == .failure(.tokenOfNobody))
        #expect(try caller("x", #","groups":[7,{"a":"sre-eu"}],"email":"a@example.com""#) == .failure(.tokenOfNobody))
        #expect(try caller("x", #","kubernetes.io":{"namespace":"tools"}"#) == .success("pods"))
        #expect(try caller("x", #","kubernetes.io":{"namespace":"other"}"#) == .failure(.tokenOfNobody))
        #expect(try caller("system:serviceaccount:other:web", "") == .failure(.tokenOfNobody))
    }

    @Test func `times, audience and issuer are held`() throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let signer = try TokenSigner(.es256)
        try write([signer.jwk(id: "a")])
        let (config, keys) = try keys()
        #expect(keys.reload() == [])
        let authenticator = Authenticator(config, keys: keys, time: time)
        func check(_ claims: String, _ expected: Result<String?, AuthenticationFailure>) throws {
            #expect(outcome(authenticator, try signer.token(id: "a", claims: claims)) == expected, "\(claims)")
        }
        func at(_ name: String, _ offset: Int) -> String { #","\#(name)":\#((time.wall + .seconds(offset)).seconds)"# }
        try check(claims(end: .seconds(-59)), .success("portal"))
        try check(claims(end: .seconds(-60)), .failure(.tokenNotCurrent))
        try check(claims(more: at("nbf", 60)), .success("portal"))
        try check(claims(more: at("nbf", 61)), .failure(.tokenNotCurrent))
        try check(claims(more: at("iat", 61)), .failure(.tokenNotCurrent))
        try check(claims(more: #","nbf":"soon""#), .failure(.tokenNotCurrent))
        let endless = #"{"iss":"\#(Self.issuer)","sub":"system:serviceaccount:portal:a","aud":"release-gateway"}"#
        try check(endless, .failure(.tokenNotCurrent))
        try check(endless.replacing("}", with: #","exp":"2999"}"#), .failure(.tokenNotCurrent))
        try check(claims(audience: #"["a","other-name"]"#), .success("portal"))
        for audience in [#""someone""#, "[]", "7", #"["release-gateway2"]"#] {
            try check(claims(audience: audience), .failure(.tokenForOthers))
        }
        try check(claims(issuer: Self.issuer + "/"), .failure(.wrongToken))
        try check(#"{"exp":99999999999}"#, .failure(.wrongToken))
    }

    @Test func `tokens that try to choose how they are checked are refused`() throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let (rsa, other) = (try TokenSigner(.rs256), try TokenSigner(.rs256))
        let ec = try TokenSigner(.es256)
        try write([rsa.jwk(id: "r"), ec.jwk(id: "e"), #"{"kty":"OKP","crv":"X25519","x":"AAAA","kid":"x"}"#])
        let (config, keys) = try keys()
        #expect(keys.reload() == [])
        let authenticator = Authenticator(config, keys: keys, time: time)
        let good = try rsa.token(id: "r", claims: claims())
        #expect(outcome(authenticator, good) == .success("portal"))
        let parts = good.split(separator: ".").map(String.init)
        func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString().trimmed("=") }
        // No signature at all, and one with the public key as the secret of an HMAC (which no key here is for).
        for algorithm in ["none", "None", "HS256", "RS512", "PS256", "ES256", "EdDSA", ""] {
            let head = encoded(#"{"alg":"\#(algorithm)","kid":"r"}"#)
            for signature in ["", parts[2]] {
                #expect(outcome(authenticator, "\(head).\(parts[1]).\(signature)") == .failure(.wrongToken))
            }
        }
        let refused = [
            try other.token(id: "r", claims: claims()),  // another's key
            try rsa.token(id: "unknown", claims: claims()), try rsa.token(id: "../../r", claims: claims()),
            try rsa.token(id: "r' OR '1'='1", claims: claims()), try rsa.token(id: "e", claims: claims()),
            try ec.token(id: "r", claims: claims()),
            // Keys that the token brings along, or says where to find.
            try other.token(header: #"{"alg":"RS256","jwk":\#(other.jwk(id: "r"))}"#, claims: claims()),
            try other.token(header: #"{"alg":"RS256","kid":"r","jku":"http://127.0.0.1/"}"#, claims: claims()),
            "\(parts[0]).\(encoded(claims(subject: "system:serviceaccount:portal:root"))).\(parts[2])",
        ]
        for token in refused { #expect(outcome(authenticator, token) == .failure(.wrongToken)) }
        let malformed = [
            try rsa.token(header: #"{"alg":"RS256","kid":"r","crit":["exp"]}"#, claims: claims()),
            try rsa.token(header: #"{"alg":"RS256","alg":"none","kid":"r"}"#, claims: claims()),
            try rsa.token(header: #"{"alg":"RS256","kid":7}"#, claims: claims()),
            try rsa.token(id: "r", claims: claims(more: #","aud":"someone""#)),
            try rsa.token(id: "r", claims: "[]"), try rsa.token(id: "r", claims: "{"),
            try rsa.token(id: "r", claims: claims(more: #","x":"\#(String(repeating: "a", count: 9000))""#)),
            good + ".", good + "=", "." + good, "\(parts[0]).\(parts[1])", "..", good.replacing(".", with: ". "),
        ]
        for token in malformed { #expect(outcome(authenticator, token) == .failure(.noKey), "\(token.prefix(80))") }
    }

    @Test func `a key set is exchanged in its file, and a bad one keeps the old`() throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let (old, new) = (try TokenSigner(.edDSA), try TokenSigner(.es256))
        try write([old.jwk(id: "1")])
        let (config, keys) = try keys()
        #expect(keys.reload() == [])
        let authenticator = Authenticator(config, keys: keys, time: time)
        func isKnown(_ signer: TokenSigner, _ id: String) throws -> Bool {
            outcome(authenticator, try signer.token(id: id, claims: claims())) == .success("portal")
        }
        #expect(try isKnown(old, "1") && !isKnown(new, "2"))
        try write([old.jwk(id: "1"), new.jwk(id: "2")])
        #expect(keys.reload() == [])
        #expect(try isKnown(old, "1") && isKnown(new, "2"))
        try write([new.jwk(id: "2")])
        #expect(keys.reload() == [])
        #expect(try !isKnown(old, "1") && isKnown(new, "2"))
        for (text, detail) in [
            ("{", "is not JSON"), ("{}", "has no list `keys`"), (#"{"keys":[]}"#, "has no key for"),
            (#"{"keys":[7]}"#, "keys[0] is not an object"),
            (#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, "holds a secret"),
            (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, "keys[0] is no usable key for RS256"),
        ] {
            try Data(text.utf8).write(to: file, options: .atomic)
            let problems = keys.reload()
            #expect(problems.count == 1 && problems[0].path == "tokenIssuers[0].jwksFile", "\(text)")
            #expect(problems[0].detail.contains(detail) && !problems[0].detail.contains("c2VjcmV0"))
            #expect(try isKnown(new, "2"))
        }
    }

    @Test(arguments: [
        ("{ issuer: a, jwksFile: f, callers: [C] }", "tokenIssuers[0].audiences"),
        ("{ issuer: a, jwksFile: f, audiences: [b] }", "tokenIssuers[0].callers"),
        ("{ jwksFile: f, audiences: [b], callers: [C] }", "tokenIssuers[0].issuer"),
        ("{ issuer: a, audiences: [b], callers: [C] }", "tokenIssuers[0].jwksFile"),
        ("{ issuer: a, jwksFile: f, audiences: [b], callers: [{ name: x }] }", "tokenIssuers[0].callers[0].claims"),
        ("{ issuer: a, jwksFile: f, audiences: [b], leeway: 1h, callers: [C] }", "tokenIssuers[0].leeway"),
    ])
    func `an issuer that is wrong is a problem at its place`(entry: String, path: String) throws {
        let text = "tokenIssuers: [\(entry.replacing("C", with: "{ name: x, claims: { sub: y } }"))]\n"
        let section = try Section(yaml: Array(text.utf8))
        _ = AuthConfig(reading: section)
        #expect(section.problems.map(\.path) == [path])
    }
}

extension String {
    fileprivate func trimmed(_ end: Character) -> String {
        var text = replacing("+", with: "-").replacing("/", with: "_")
        while text.last == end { text.removeLast() }
        return text
    }
}
