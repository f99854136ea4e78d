import Cryptography
import Settings
import Timing

/// A call as its maker knows it.
package struct UnsignedRequest: Sendable {
    package var method: String
    /// As it will stand in `Host`: with the port unless it is the scheme's own, brackets around an IPv6 address.
    package var host: String
    /// Percent-encoded or raw; a raw one must not contain `%` followed by two digits.
    package var path: String
    /// Decoded, in any order.
    package var query: [(name: String, value: String)]
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String = "GET", host: String, path: String, query: [(name: String, value: String)] = [],
        fields: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
    }
}

/// What to put on the wire, to the byte, and the two texts that were signed.
package struct SignedRequest: Sendable {
    /// Encoded; `//` and a missing slash at the end as given.
    package let path: String
    /// Encoded and sorted, without `?`; empty when there is none.
    package let query: String
    /// All to send but `Host`, which is `UnsignedRequest.host` unless the caller gave one of his own.
    package let fields: [(name: String, value: String)]
    /// The last of `fields`; empty with a token.
    package let authorization: String
    package let canonicalRequest: String
    package let stringToSign: String

    /// Path and query in one.
    package var target: String { query.isEmpty ? path : "\(path)?\(query)" }
}

/// Signs calls with SDK-HMAC-SHA256 (cce-api §6): every field but those with `_` in their names, `Host` included.
///
/// A credential that is a token needs no signature and goes along as `X-Auth-Token`.
///
/// A signature holds for fifteen minutes around its second, so each attempt is signed anew, when it is sent.
package struct Signer: Sendable {
    private let credential: Credential
    private let projectID: String?

    /// Costs nothing: the credential holds its prepared key.
    package init(credential: Credential, projectID: String? = nil) {
        self.credential = credential
        self.projectID = projectID
    }

    /// Fields that we set (`X-Sdk-Date`, `X-Project-Id`, `X-Security-Token`, `Authorization`) take the place of the
    /// caller's. Throws when libcrypto does not work, never because of what the request holds.
    package func sign(_ request: UnsignedRequest, at instant: Instant) throws(CryptographyError) -> SignedRequest {
        if let token = credential.authToken { return unsigned(request, with: token) }
        guard let key = credential.signingKey else {
            throw CryptographyError(doing: "prepare a signing key")
        }
        let date = instant.basicFormat
        let fields = fields(of: request, date: date)
        var signed = fields.filter { CanonicalRequest.isSigned($0.name) }
        if !signed.contains(where: { CanonicalRequest.isEqual($0.name, "host") }) {
            signed.append(("Host", request.host))
        }
        let declared = signed.last { CanonicalRequest.isEqual($0.name, "x-sdk-content-sha256") }?.value
        let canonical = CanonicalRequest(
            method: request.method, path: request.path, query: request.query, fields: signed,
            payloadHash: CanonicalRequest.payloadHash(of: request.body, declared: declared))
        let stringToSign = canonical.stringToSign(date: date)
        let signature = try hex(key.authenticate(Array(stringToSign.utf8)))
        let authorization =
            "\(CanonicalRequest.algorithm) Access=\(credential.accessKey), SignedHeaders=\(canonical.signedNames), "
            + "Signature=\(signature)"
        return SignedRequest(
            path: CanonicalRequest.wirePath(request.path), query: CanonicalRequest.query(request.query),
            fields: fields + [("Authorization", authorization)], authorization: authorization,
            canonicalRequest: canonical.text,
            stringToSign: stringToSign)
    }

    private func unsigned(_ request: UnsignedRequest, with token: Secret) -> SignedRequest {
        var fields = request.fields.filter { field in
            !["authorization", "x-auth-token"].contains { CanonicalRequest.isEqual(field.name, $0) }
                && !(projectID != nil && CanonicalRequest.isEqual(field.name, "x-project-id"))
        }
        if let projectID { fields.append(("X-Project-Id", projectID)) }
        fields.append(("X-Auth-Token", token.bytes.revealed()))
        return SignedRequest(
            path: CanonicalRequest.wirePath(request.path), query: CanonicalRequest.query(request.query),
            fields: fields, authorization: "", canonicalRequest: "", stringToSign: "")
    }

    private func fields(of request: UnsignedRequest, date: String) -> [(name: String, value: String)] {
        var replaced = ["authorization", "x-sdk-date"]
        var ours = [(name: "X-Sdk-Date", value: date)]
        if let projectID {
            ours.append(("X-Project-Id", projectID))
            replaced.append("x-project-id")
        }
        if let token = credential.securityToken {
            ours.append(("X-Security-Token", token.bytes.revealed()))
            replaced.append("x-security-token")
        }
        // Looked up by exactly this spelling, as the SDKs do: with another one they hash the body.
        if let type = request.fields.last(where: { $0.name == "Content-Type" })?.value,
            !type.hasPrefix("application/json"), !type.hasPrefix("application/bson")
        {
            ours.append(("X-Sdk-Content-Sha256", CanonicalRequest.unsignedPayload))
            replaced.append("x-sdk-content-sha256")
        }
        return request.fields.filter { field in
            !replaced.contains { CanonicalRequest.isEqual(field.name, $0) }
        } + ours
    }
}
