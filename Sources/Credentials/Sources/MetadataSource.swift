import Cryptography
import Locking
import Outbound
import Settings
import Signing
import Timing

/// The agency of the virtual machine that we run on, asked of its metadata service.
///
/// With a session token where the service gives one; one that has none (404, 405, 503) is asked without, and tried again
/// after a day (cce-api §5).
final class MetadataSource: CredentialSource {
    let kind = CredentialKind.metadata
    private struct Session {
        var token: Secret?
        /// Uptime.
        var validUntil = Duration.zero
    }
    private let config: MetadataConfig
    private let client: IdentityClient
    private let session = Lock(Session())
    private static let lifetime = Duration.seconds(21_600)
    private static let place = "the metadata service"

    init(_ config: MetadataConfig, _ client: IdentityClient) {
        self.config = config
        self.client = client
    }

    func prepare(isHolding: Bool) -> PreparedCredential {
        .ask { () async throws(SourceFailure) in try await self.ask() }
    }

    private func ask() async throws(SourceFailure) -> IssuedCredential {
        var reply = try await securityKey(try await token())
        if reply.status == 401 {
            guard !Self.saysThatNoAgencyIsThere(reply) else {
                throw SourceFailure(.absent, "the virtual machine has no agency")
            }
            session.withLock { $0 = Session() }
            reply = try await securityKey(try await token())
        }
        return try reply.expect([200], of: Self.place).issued(kind, of: Self.place)
    }

    /// Nil: this service has none.
    private func token() async throws(SourceFailure) -> Secret? {
        let now = client.time.uptime
        let held = session.withLock { $0 }
        if now < held.validUntil { return held.token }
        let seconds = "\(Self.lifetime.components.seconds)"
        let reply = try await client.send(
            IdentityCall(
                method: .put, origin: config.endpoint, path: "/meta-data/latest/api/token",
                fields: [("X-Metadata-Token-Ttl-Seconds", seconds)], timeout: .seconds(3), isLocal: true),
            to: Self.place)
        if [404, 405, 503].contains(reply.status) {
            session.withLock { $0 = Session(token: nil, validUntil: now + .seconds(86_400)) }
            return nil
        }
        let body = try reply.expect([200], of: Self.place).response.body.bytes
        let token = Secret(body.filter { $0 > 0x20 })
        guard token.bytes.count > 0, token.bytes.count <= 4096, token.bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw SourceFailure(.malformed, "\(Self.place) gave a session token that is none") }
        // Renewed before its end, so that no call is lost to it.
        session.withLock { $0 = Session(token: token, validUntil: now + Self.lifetime * 0.9) }
        return token
    }

    private func securityKey(_ token: Secret?) async throws(SourceFailure) -> IdentityReply {
        var call = IdentityCall(
            origin: config.endpoint, path: "/openstack/latest/securitykey", timeout: .seconds(3), isLocal: true)
        if let token { call.fields.append(("X-Metadata-Token", token.bytes.revealed())) }
        return try await client.send(call, to: Self.place)
    }

    private static func saysThatNoAgencyIsThere(_ reply: IdentityReply) -> Bool {
        let text = String(decoding: reply.response.body.bytes.prefix(4096), as: UTF8.self)
        return text.contains("Please configure Cloud Service Agency first")
    }
}
