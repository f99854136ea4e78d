import Cryptography
import JSON
import Timing

/// A token in the compact form (RFC 7515 §7.1, RFC 7519), taken apart; nothing of it is believed yet.
struct JSONWebToken: Sendable {
    /// Tokens of Kubernetes have 1 KiB, those of large identity providers 4 KiB.
    static let byteLimit = 8 << 10

    /// What the header says; `none` and the like are texts as any other, that no key has.
    let algorithm: String
    let keyID: String?
    let claims: JSONValue
    /// The first two parts as they came.
    let signed: [UInt8]
    let signature: [UInt8]

    /// Nil for what is not of the form: too long, not three parts of strict Base64url, header or claims no objects of
    /// JSON, a member given twice (which two readers may read differently), or a critical extension (RFC 7515 §4.1.11).
    init?(_ text: Substring) {
        guard text.utf8.count <= Self.byteLimit else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Base64URL.decode(parts[2]), let algorithm = header["alg"]?.string, header["crit"] == nil
        else { return nil }
        if let keyID = header["kid"], keyID.string == nil { return nil }
        self.algorithm = algorithm
        keyID = header["kid"]?.string
        self.claims = claims
        signed = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        self.signature = signature
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.decode(part), let value = try? JSONValue.parse(bytes, maxDepth: 8),
            let members = value.members, Set(members.map(\.name)).count == members.count
        else { return nil }
        return value
    }

    // MARK: - Claims

    var issuer: String? { claims["iss"]?.string }

    /// One text or a list of them (RFC 7519 §4.1.3).
    var audiences: [String] { Self.texts(claims["aud"]) }

    /// All texts of a claim: its own, or those of its list. `.` leads into objects, as in `kubernetes.io.namespace`: where
    /// a name has dots itself, the longest that is there counts.
    func texts(ofClaim name: String) -> [String] { Self.texts(Self.claim(name[...], in: claims)) }

    /// Whether it may be used now (RFC 7519 §4.1.4 to §4.1.6). An end must be there; a beginning may be.
    func isCurrent(at now: Instant, leeway: Duration) -> Bool {
        guard let end = Self.instant(claims["exp"]), now < end + leeway else { return false }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let start = Self.instant(claim), start - leeway <= now else { return false }
        }
        return true
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        if let text = value?.string { return [text] }
        return value?.array?.compactMap(\.string) ?? []
    }
    private static func claim(_ name: Substring, in value: JSONValue) -> JSONValue? {
        if let found = value[String(name)] { return found }
        var end = name.endIndex
        while let dot = name[..<end].lastIndex(of: ".") {
            if let inner = value[String(name[..<dot])] { return claim(name[name.index(after: dot)...], in: inner) }
            end = dot
        }
        return nil
    }
    /// Seconds since 1970, which may have a fraction.
    private static func instant(_ value: JSONValue?) -> Instant? {
        switch value {
        case .integer(let seconds): Instant(seconds: seconds)
        case .number(let seconds) where abs(seconds) < 1e12: Instant(seconds: Int64(seconds))
        default: nil
        }
    }
}
