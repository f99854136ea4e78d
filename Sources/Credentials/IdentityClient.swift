import JSON
import Outbound
import Settings
import Signing
import Timing

/// One call to whoever issues credentials.
struct IdentityCall: Sendable {
    var method = OutboundRequest.Method.get
    /// `https://iam.cn-north-4.myhuaweicloud.com`
    var origin: String
    /// Encoded.
    var path: String
    /// Decoded.
    var query: [(name: String, value: String)] = []
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Signs the call.
    var credential: Credential?
    var timeout = Duration.seconds(10)
    /// On this machine or beside it: not to go through a proxy.
    var isLocal = false
}

struct IdentityReply: Sendable {
    let response: OutboundResponse
    /// What time it was there when it answered; ours when it did not say.
    let cloudTime: Instant
    var status: Int { response.status }

    /// Any other status is a failure.
    func expect(_ statuses: Set<Int>, of place: String) throws(SourceFailure) -> IdentityReply {
        if statuses.contains(status) { return self }
        let code = Self.code(in: response.body.bytes).map { ", \($0)" } ?? ""
        let reason: SourceFailure.Reason =
            switch status {
            case 401, 403: .refused
            case 404: .notFound
            case 429, 500...: .unavailable
            case 400..<500: .rejected
            default: .malformed
            }
        throw SourceFailure(reason, "\(place) answered \(status)\(code)")
    }

    /// The credential in the body, with what is left of its life.
    func issued(_ kind: CredentialKind, of place: String) throws(SourceFailure) -> IssuedCredential {
        let reply = try CredentialReply(response.body.bytes, of: place)
        return IssuedCredential(reply.credential, kind, lifetime: try lifetime(until: reply.expiresAt, place))
    }
    /// The token in `X-Subject-Token`.
    func subjectToken(of place: String) throws(SourceFailure) -> Secret {
        guard let token = response.field("X-Subject-Token"), !token.isEmpty else {
            throw SourceFailure(.malformed, "\(place) answered without X-Subject-Token")
        }
        try CredentialReply.check(token, "X-Subject-Token", place, limit: 32 << 10)
        return Secret(token.utf8)
    }
    /// By the other side's clock, so that a wrong one here does not matter.
    func lifetime(until expiry: Instant, _ place: String) throws(SourceFailure) -> Duration {
        let lifetime = expiry - cloudTime
        guard lifetime > .zero else { throw SourceFailure(.expired, "\(place) gave a credential that has expired") }
        return lifetime
    }

    /// The error's code alone: messages may quote what was sent.
    private static func code(in body: ArraySlice<UInt8>) -> String? {
        guard let root = try? JSONValue.parse(body) else { return nil }
        let error = root["error"]
        let texts = [root["error_code"], root["errorCode"], root["code"], error?["error_code"], error?["code"]]
        return texts.lazy.compactMap { $0?.string }.first { code in
            (1...40).contains(code.utf8.count)
                && code.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                }
        }
    }
}

/// Asks whoever issues credentials.
package struct IdentityClient: Sendable {
    /// Through the proxy, if there is one.
    private let remote: any HTTPTransport
    private let local: any HTTPTransport
    let time: any TimeSource

    package init(remote: any HTTPTransport, local: any HTTPTransport, time: any TimeSource) {
        self.remote = remote
        self.local = local
        self.time = time
    }

    /// A signature that was refused for our clock's sake is made anew, once, with the time that came with the refusal.
    func send(_ call: IdentityCall, to place: String) async throws(SourceFailure) -> IdentityReply {
        let signed = time.wall
        let reply = try await attempt(call, at: signed, place)
        guard call.credential?.authToken == nil, call.credential != nil, [400, 401, 403].contains(reply.status),
            Self.isFar(reply.cloudTime, signed)
        else { return reply }
        return try await attempt(call, at: reply.cloudTime, place)
    }

    private static func isFar(_ left: Instant, _ right: Instant) -> Bool {
        let difference = left - right
        return max(difference, .zero - difference) > .seconds(14 * 60)
    }

    private func attempt(
        _ call: IdentityCall, at instant: Instant, _ place: String
    ) async throws(SourceFailure) -> IdentityReply {
        guard let origin = Origin(of: call.origin) else {
            throw SourceFailure(.rejected, "\(place) has no address that can be asked")
        }
        let response: OutboundResponse
        do throws(TransportError) {
            response = try await (call.isLocal ? local : remote).send(
                origin: origin.description, timeout: call.timeout
            ) { () throws(TransportError) in
                try Self.request(call, origin, at: instant)
            }
        } catch {
            throw SourceFailure(error.reason == .timeout ? .timeout : .network, "\(place): \(error.reason)")
        }
        let date = response.field("Age") == nil ? response.field("Date") : nil
        let now = time.wall
        return IdentityReply(response: response, cloudTime: date.flatMap { Instant(httpDate: $0, now: now) } ?? now)
    }

    private static func request(
        _ call: IdentityCall, _ origin: Origin, at instant: Instant
    ) throws(TransportError) -> OutboundRequest {
        var fields = call.fields
        if !call.body.isEmpty { fields.append(("Content-Type", "application/json")) }
        fields.append(("User-Agent", "release-gateway"))
        guard let credential = call.credential else {
            let query = CanonicalRequest.query(call.query)
            return OutboundRequest(
                method: call.method, url: origin.description + call.path + (query.isEmpty ? "" : "?\(query)"),
                fields: fields.map { HTTPField($0.name, $0.value) }, body: call.body)
        }
        let unsigned = UnsignedRequest(
            method: call.method.rawValue, host: origin.hostField, path: call.path, query: call.query, fields: fields,
            body: call.body)
        guard let signed = try? Signer(credential: credential).sign(unsigned, at: instant) else {
            throw TransportError(.invalidRequest, detail: "the call could not be signed")
        }
        return OutboundRequest(
            method: call.method, url: origin.description + signed.target,
            fields: signed.fields.map { HTTPField($0.name, $0.value) }, body: call.body)
    }
}
