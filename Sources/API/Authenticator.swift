import Cryptography
import Inbound

/// Who asks, as far as it decides what is shown.
package enum Caller: UInt8, Sendable, Equatable {
    /// Sees why a cluster failed as a word, not what was said.
    case anonymous = 0
    /// All holders of a key have the same rights today, so that a walk outlives the change of a key.
    case keyHolder = 1
}

/// Tells callers by `Authorization: Bearer`.
package struct Authenticator: Sendable {
    private let digests: [[UInt8]]
    private let allowsAnonymous: Bool

    package init(_ config: AuthConfig) {
        digests = config.apiKeys.map(\.digest)
        allowsAnonymous = config.allowsAnonymous || config.isOnlyForLoopback
    }

    /// Nil when the caller must be refused. A wrong key is refused also where no key is needed: it is a mistake that
    /// would otherwise show as missing rights much later.
    package func caller(of request: InboundRequest) -> Caller? {
        let given = request.fields.filter { $0.name == "authorization" }
        guard let field = given.first else { return allowsAnonymous ? .anonymous : nil }
        guard given.count == 1, let key = Self.bearerToken(field.value) else { return nil }
        let match = matchingKey(sha256(key.utf8)) { constantTimeEqual($0, $1) }
        return match == nil ? nil : .keyHolder
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
