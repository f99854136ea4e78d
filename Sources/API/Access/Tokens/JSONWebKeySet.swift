import Cryptography
import JSON

/// The keys of an issuer of tokens (RFC 7517), as far as they can sign one that we take. Immutable.
struct JSONWebKeySet: Sendable {
    /// What a token may be signed with. The key decides which: a token cannot choose how it is checked.
    enum Algorithm: String, Sendable {
        /// RFC 7518 §3.3.
        case rs256 = "RS256"
        /// RFC 7518 §3.4.
        case es256 = "ES256"
        /// RFC 8037 §3.1, with Ed25519.
        case edDSA = "EdDSA"
    }
    private struct Key: Sendable {
        let id: String?
        let algorithm: Algorithm
        let key: PublicKey
    }
    /// Why a file is no set of keys. Names the place, never the content.
    struct Unusable: Error, Equatable { let detail: String }

    /// Issuers have two or three.
    static let keyLimit = 64
    private let keys: [Key]

    /// Keys of kinds, uses and algorithms that are not ours are passed over (RFC 7517 §5); one that claims to be ours and
    /// is none makes the set unusable, and so does one that should not be in a public file.
    init(_ text: [UInt8]) throws(Unusable) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONValue.parse(text, maxDepth: 8) } catch {
            throw Unusable(detail: "is not JSON")
        }
        guard let entries = root["keys"]?.array else { throw Unusable(detail: "has no list `keys`") }
        guard entries.count <= Self.keyLimit else { throw Unusable(detail: "has more than \(Self.keyLimit) keys") }
        var keys: [Key] = []
        for (index, entry) in entries.enumerated() {
            guard entry.members != nil else { throw Unusable(detail: "keys[\(index)] is not an object") }
            if ["d", "k", "p", "q"].contains(where: { entry[$0] != nil }) {
                throw Unusable(detail: "keys[\(index)] holds a secret: only public keys belong here")
            }
            if let key = try Self.key(entry, index) { keys.append(key) }
        }
        if keys.isEmpty { throw Unusable(detail: "has no key for RS256, ES256 or EdDSA") }
        self.keys = keys
    }

    /// Whether one of the keys has signed it. Without a `kid` there must be just one key for the algorithm.
    func hasSigned(_ token: JSONWebToken) -> Bool {
        let fitting = keys.filter {
            $0.algorithm.rawValue == token.algorithm && (token.keyID == nil || $0.id == token.keyID)
        }
        guard let first = fitting.first, token.keyID != nil || fitting.count == 1 else { return false }
        // Two of one id are allowed while keys are exchanged, if hardly usual.
        return first.key.isValid(token.signature, of: token.signed)
            || fitting.dropFirst().prefix(1).contains { $0.key.isValid(token.signature, of: token.signed) }
    }

    // MARK: -

    private static func key(_ entry: JSONValue, _ index: Int) throws(Unusable) -> Key? {
        if let use = entry["use"], use.string != "sig" { return nil }
        if let operations = entry["key_ops"]?.array, !operations.contains(.string("verify")) { return nil }
        let algorithm: Algorithm
        switch (entry["kty"]?.string, entry["crv"]?.string) {
        case ("RSA", _): algorithm = .rs256
        case ("EC", "P-256"): algorithm = .es256
        case ("OKP", "Ed25519"): algorithm = .edDSA
        default: return nil
        }
        if let named = entry["alg"], named.string != algorithm.rawValue { return nil }
        func part(_ name: String) -> [UInt8] { entry[name]?.string.flatMap { Base64URL.decode($0) } ?? [] }
        let parts: PublicKey.Parts =
            switch algorithm {
            case .rs256: .rsa(modulus: part("n"), exponent: part("e"))
            case .es256: .p256(x: part("x"), y: part("y"))
            case .edDSA: .ed25519(part("x"))
            }
        guard let key = PublicKey(parts) else {
            throw Unusable(detail: "keys[\(index)] is no usable key for \(algorithm.rawValue)")
        }
        return Key(id: entry["kid"]?.string, algorithm: algorithm, key: key)
    }
}
