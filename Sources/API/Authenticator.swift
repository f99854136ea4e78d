import Cryptography
import Inbound
import Query

/// Tells callers by `Authorization: Bearer`.
package struct Authenticator: Sendable {
    private let digests: [[UInt8]]
    /// Of the holder of each key, in the order of `digests`.
    private let accesses: [Access]
    /// Nil: who sends no key is refused.
    private let anonymous: Access?

    package init(_ config: AuthConfig) {
        digests = config.apiKeys.map(\.digest)
        accesses = config.apiKeys.map { key in
            Access(
                name: key.name, groups: key.groups, scope: config.scope(name: key.name, groups: key.groups))
        }
        anonymous =
            config.allowsAnonymous || config.isOnlyForLoopback
            ? Access(name: nil, scope: config.scope(name: AuthConfig.anonymousName, groups: [])) : nil
    }

    /// All scopes that callers have, each once.
    var scopes: [Caller: CompiledScope] {
        var scopes: [Caller: CompiledScope] = [:]
        for access in accesses + (anonymous.map { [$0] } ?? []) {
            if let scope = access.scope { scopes[access.caller] = scope }
        }
        return scopes
    }

    /// Nil when the caller must be refused. A wrong key is refused also where no key is needed: it is a mistake that
    /// would otherwise show as missing rights much later.
    package func access(of request: InboundRequest) -> Access? {
        let given = request.fields.filter { $0.name == "authorization" }
        guard let field = given.first else { return anonymous }
        guard given.count == 1, let key = Self.bearerToken(field.value) else { return nil }
        let match = matchingKey(sha256(key.utf8)) { constantTimeEqual($0, $1) }
        return match.map { accesses[$0] }
    }

    /// Compares with every key, also after a match, so that the time taken tells neither which key matched nor
    /// whether one did. Digests are compared, so lengths tell nothing either.
    func matchingKey(_ digest: [UInt8], isEqual: ([UInt8], [UInt8]) -> Bool) -> Int? {
        var match = -1
        for (index, candidate) in digests.enumerated() {
            let mask = isEqual(candidate, digest) ? -1 : 0  // all bits or none
            match = (match & ~mask) | (index & mask)
        }
        return match < 0 ? nil : match
    }

    /// The token of `Bearer <token>` (RFC 6750 §2.1); the scheme in any case (RFC 9110 §11.1).
    static func bearerToken(_ field: String) -> Substring? {
        let text = field.utf8
        guard let blank = text.firstIndex(of: UInt8(ascii: " ")),
            field[..<blank].lowercased() == "bearer"
        else { return nil }
        guard let start = text[blank...].firstIndex(where: { $0 != UInt8(ascii: " ") }) else { return nil }
        return field[start...]
    }
}
