import Cryptography
import Inbound
import Query
import Settings
import Signing
import Timing

/// Tells callers by `Authorization`: `Bearer` with an API key or a token, or `SDK-HMAC-SHA256` with a signature.
package struct Authenticator: Sendable {
    private let keys: CallerKeys
    private let time: any TimeSource
    private let accesses: [AuthConfig.Holder: Access]
    /// Nil: who sends no key is refused.
    private let anonymous: Access?
    private let verifier = SignatureVerifier()
    /// In place of a key that nobody has, so that looking for one takes as long as finding it.
    private let decoy: Credential

    /// - Parameter keys: of the same configuration, or of the one that comes after it.
    package init(_ config: AuthConfig, keys: CallerKeys, time: any TimeSource) {
        self.keys = keys
        self.time = time
        accesses = config.holders.reduce(into: [:]) { accesses, holder in
            accesses[holder] = Access(
                name: holder.name, groups: holder.groups,
                scope: config.scope(name: holder.name, groups: holder.groups))
        }
        anonymous =
            config.allowsAnonymous || config.isOnlyForLoopback
            ? Access(name: nil, scope: config.scope(name: AuthConfig.anonymousName, groups: [])) : nil
        decoy = Credential(accessKey: "", secretKey: Secret((0..<40).map { _ in UInt8.random(in: 0x21...0x7E) }))
    }

    /// All scopes that callers have, each once.
    var scopes: [Caller: CompiledScope] {
        var scopes: [Caller: CompiledScope] = [:]
        for access in accesses.values + (anonymous.map { [$0] } ?? []) {
            if let scope = access.scope { scopes[access.caller] = scope }
        }
        return scopes
    }

    /// Throws when the caller must be refused; asked again for the same request it says the same. A wrong key is
    /// refused also where no key is needed: it is a mistake that would otherwise show as missing rights much later.
    package func access(of request: InboundRequest) throws(AuthenticationFailure) -> Access {
        let given = request.fields.filter { $0.name == "authorization" }
        guard let field = given.first else {
            guard let anonymous else { throw .noKey }
            return anonymous
        }
        guard given.count == 1 else { throw .noKey }
        let holder =
            SignatureClaim.isNamed(by: field.value)
            ? try signer(of: request, field.value) : try bearer(field.value)
        // A key of a configuration that this one is not yet.
        guard let access = accesses[holder] else { throw .noKey }
        return access
    }

    // MARK: - API keys and tokens

    /// API keys first: a token is not one by chance.
    private func bearer(_ field: String) throws(AuthenticationFailure) -> AuthConfig.Holder {
        guard let text = Self.bearerToken(field) else { throw .noKey }
        let table = keys.table
        let digest = sha256(text.utf8)
        if let match = Self.matchingKey(digest, among: table.digests, isEqual: { constantTimeEqual($0, $1) }) {
            return table.holders[match]
        }
        guard !table.issuers.isEmpty, let token = JSONWebToken(text) else { throw .noKey }
        guard let issuer = token.issuer.flatMap({ table.issuers[$0] }) else { throw .wrongToken }
        return try issuer.holder(of: token, at: time.wall)
    }

    /// Compares with every key, also after a match, so that the time taken tells neither which key matched nor
    /// whether one did. Digests are compared, so lengths tell nothing either.
    static func matchingKey(_ digest: [UInt8], among digests: [[UInt8]], isEqual: ([UInt8], [UInt8]) -> Bool) -> Int? {
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

    // MARK: - Signatures

    /// By the cloud's rules (cce-api §6.1), and each signature once. An unknown access key and a wrong signature are
    /// not told apart.
    private func signer(of request: InboundRequest, _ field: String) throws(AuthenticationFailure) -> AuthConfig.Holder
    {
        guard let claim = SignatureClaim(field) else { throw .malformedSignature }
        // Of two, the one that was signed need not be the one that is looked at.
        for name in claim.signedNames where request.fields.count(where: { $0.name == name }) > 1 {
            throw .malformedSignature
        }
        let signer = keys.table.signers[claim.accessKey]
        let now = time.wall
        let verdict = verifier.verify(
            method: request.method, path: request.rawPath, query: request.query, fields: request.fields, at: now,
            credential: { _ in signer?.credential ?? decoy })
        if case .refused(let failure) = verdict { throw AuthenticationFailure(failure) }
        guard let signer, let date = request.field("x-sdk-date").flatMap(SignatureVerifier.instant(ofDate:)) else {
            throw .wrongSignature
        }
        let window = keys.admit(
            claim, dated: date, arrivedAt: request.arrivedAt, now: now, tolerance: verifier.tolerance)
        switch window {
        case .fresh: return signer.holder
        case .replayed: throw .replayed
        case .forgotten: throw .outdated
        }
    }
}

/// Why a caller is not let in; told to it, so it says nothing of keys that it does not have.
package enum AuthenticationFailure: Error, Sendable, Equatable {
    case noKey
    case malformedSignature
    case dateMissing
    case dateNotSigned
    case clockOff(by: Duration)
    case wrongSignature
    case replayed
    case outdated
    case wrongToken
    case tokenNotCurrent
    case tokenForOthers
    case tokenOfNobody

    init(_ failure: SignatureVerifier.Failure) {
        switch failure {
        case .missingField("x-sdk-date"), .malformedDate: self = .dateMissing
        case .missingField, .malformedAuthorization: self = .malformedSignature
        case .dateNotSigned: self = .dateNotSigned
        case .clockOff(let offset): self = .clockOff(by: offset)
        case .unknownKey, .signatureDiffers: self = .wrongSignature
        }
    }

    /// For the caller.
    var detail: String {
        switch self {
        case .noKey: "send Authorization once: Bearer with a key or token, or a signature"
        case .malformedSignature:
            "Authorization must be SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…, and each field that it names "
                + "must be sent once"
        case .dateMissing: "a signed request needs X-Sdk-Date, such as 20241106T081530Z"
        case .dateNotSigned: "x-sdk-date must be among SignedHeaders"
        case .clockOff(let offset):
            "X-Sdk-Date is \(abs(offset.components.seconds)) seconds \(offset < .zero ? "behind" : "ahead of") the clock "
                + "of this gateway; 900 are allowed"
        case .wrongSignature: "the signature is not that of this request with a key of this gateway"
        case .replayed: "this signature was used before: sign each request anew"
        case .wrongToken: "the token is not signed by a key of an issuer that this gateway trusts"
        case .tokenNotCurrent: "the token has no end, has ended, or is not valid yet; see exp, nbf and iat"
        case .tokenForOthers: "the token was made for another audience; see aud"
        case .tokenOfNobody: "the token is good, but no caller of this gateway has claims like its own"
        case .outdated: "X-Sdk-Date is older than what is still known of this key's requests: sign anew"
        }
    }
}
