import GatewayTestKit
import Outbound
import Testing

@Suite(.timeLimit(.minutes(1)), .serialized) struct TLSTests {
    @Test func `an authority from the config is trusted, and connections are kept`() async throws {
        let certificates = try Certificates()
        try certificates.make("good", for: "IP:127.0.0.1", days: 2)
        let peer = try TLSPeer(certificates, "good")
        let transport = try makeTransport { $0.caFile = certificates.authority }
        let response = try await transport.get(peer.origin)
        #expect(response.status == 200)
        #expect(response.text.contains("TLSv1.3"))
        await transport.shutdown()
    }

    @Test(arguments: [
        ("unknown", "IP:127.0.0.1", 2, false), ("wrongname", "IP:127.0.0.2,DNS:localhost", 2, true),
        ("expired", "IP:127.0.0.1", -1, true),
    ])
    func `a certificate that proves nothing is refused`(
        name: String, subject: String, days: Int, trustsAuthority: Bool
    ) async throws {
        let certificates = try Certificates()
        try certificates.make(name, for: subject, days: days)
        let peer = try TLSPeer(certificates, name)
        let transport = try makeTransport { if trustsAuthority { $0.caFile = certificates.authority } }
        #expect(await transport.failure(peer.origin) == .tls)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a signature of one's own is refused`() async throws {
        let certificates = try Certificates()
        let peer = try TLSPeer(certificates, "ca")
        let transport = try makeTransport()
        #expect(await transport.failure(peer.origin) == .tls)
        await transport.shutdown()
    }

    @Test func `TLS before 1.2 is refused`() async throws {
        let certificates = try Certificates()
        try certificates.make("old", for: "IP:127.0.0.1", days: 2)
        let peer = try TLSPeer(certificates, "old", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        let transport = try makeTransport { $0.caFile = certificates.authority }
        #expect(await transport.failure(peer.origin) == .tls)
        await transport.shutdown()
    }

    @Test func `a server that speaks no TLS, or ends the handshake, is told apart from an untrusted one`() async throws
    {
        let plain = try RawPeer(.text("HTTP/1.1 400 Bad Request\r\n\r\n"))
        let reset = try RawPeer(.gate, .reset)
        reset.openGate()
        let transport = try makeTransport()
        #expect(await transport.failure("https://127.0.0.1:\(plain.port)") == .tls)
        #expect(await transport.failure("https://127.0.0.1:\(reset.port)") == .connect)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a file of authorities that is none fails the call, not the process`() async throws {
        let certificates = try Certificates()
        try certificates.make("good", for: "IP:127.0.0.1", days: 2)
        let peer = try TLSPeer(certificates, "good")
        let transport = try makeTransport { $0.caFile = certificates.path("good.csr") }
        #expect(await transport.failure(peer.origin) == .tls)
        await transport.shutdown()
    }
}
