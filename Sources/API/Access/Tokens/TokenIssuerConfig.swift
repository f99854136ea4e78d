import Query
import Settings
import Timing

/// Somebody whose tokens (JWT, RFC 7519) tell callers, such as a Kubernetes cluster or the company's identity provider.
/// Section `auth.tokenIssuers[]`.
package struct TokenIssuerConfig: Sendable, Equatable {
    /// A caller, and what a token must say to be its.
    package struct TokenCaller: Sendable, Equatable {
        /// What policies, `/v1/access` and logs call it.
        package var name: String
        /// Groups that the caller belongs to; policies name callers and groups.
        package var groups: [String]
        /// Claims, each with the text that it must have, `*` for any text; of a claim with a list one text must be so.
        package var claims: [String: String]
    }
    /// The claim `iss`, to the letter; each issuer once.
    package var issuer: String
    /// Ours, of which the claim `aud` must have one: a token that was made for somebody else is not for us.
    package var audiences: [String]
    /// A file with the issuer's public keys, a JWKS (RFC 7517). It is watched.
    package var jwksFile: String
    /// How far the issuer's clock may be from ours, for `exp`, `nbf` and `iat`.
    package var leeway = Duration.seconds(60)
    /// The first whose claims all fit is the caller; a token that fits none is refused.
    package var callers: [TokenCaller]
    /// Where problems say that it is; `auth.tokenIssuers[0]`.
    package var path: String

    package init(issuer: String, audiences: [String], jwksFile: String, callers: [TokenCaller], path: String) {
        self.issuer = issuer
        self.audiences = audiences
        self.jwksFile = jwksFile
        self.callers = callers
        self.path = path
    }

    init(reading section: Section) {
        self.init(
            issuer: section.requiredString("issuer") ?? "", audiences: section.strings("audiences"),
            jwksFile: section.requiredString("jwksFile") ?? "",
            callers: section.sections("callers").map { TokenCaller(reading: $0) }, path: section.path)
        leeway = section.duration("leeway", default: leeway, in: .zero ... .seconds(300))
        if audiences.isEmpty {
            section.report("must name one at least: a token made for somebody else is not for us", at: "audiences")
        }
        if callers.isEmpty {
            section.report("must have an entry: a token that fits none is refused", at: "callers")
        }
    }
}

extension TokenIssuerConfig.TokenCaller {
    init(reading section: Section) {
        name = section.requiredString("name") ?? ""
        groups = section.strings("groups")
        claims = section.map("claims")
        if claims.isEmpty { section.report("must name one at least, such as sub: NAME", at: "claims") }
    }

    var holder: AuthConfig.Holder { AuthConfig.Holder(name: name, groups: groups) }
}

/// An issuer with its keys, made ready for requests.
struct TokenIssuer: Sendable {
    private let config: TokenIssuerConfig
    private let keys: JSONWebKeySet
    private let tests: [[(claim: String, pattern: PatternSet)]]

    init(_ config: TokenIssuerConfig, keys: JSONWebKeySet) {
        self.config = config
        self.keys = keys
        tests = config.callers.map { caller in
            caller.claims.sorted { $0.key < $1.key }.map { claim, text in
                let pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
                return (claim, PatternSet([TextPattern(pieces: pieces.map(Array.init))]))
            }
        }
    }

    /// Whose token it is. The signature first: nothing is told to those whose token is not the issuer's.
    func holder(of token: JSONWebToken, at now: Instant) throws(AuthenticationFailure) -> AuthConfig.Holder {
        guard keys.hasSigned(token) else { throw .wrongToken }
        guard token.isCurrent(at: now, leeway: config.leeway) else { throw .tokenNotCurrent }
        guard token.audiences.contains(where: config.audiences.contains) else { throw .tokenForOthers }
        for (caller, tests) in zip(config.callers, tests) {
            let fits = tests.allSatisfy { test in
                token.texts(ofClaim: test.claim).contains { test.pattern.matches($0) }
            }
            if fits { return caller.holder }
        }
        throw .tokenOfNobody
    }
}
