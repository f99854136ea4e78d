import CCE
import GatewayTestKit
import JSON
import Outbound
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

/// A connection that ends at the n-th byte of the answer, for every n.
@Suite(.timeLimit(.minutes(2))) struct SweepTests {
    private struct Keys: CredentialProvider {
        let key = Credential(
            accessKey: "AKEXAMPLESWEEP", secretKey: Secret(Array("not a secret key of anybody".utf8)))
        func credential(named name: String) -> Credential? { key }
    }
    enum Framing: CaseIterable, Sendable { case length, chunks }
    enum Ending: CaseIterable, Sendable { case close, reset }

    private static func answer(_ framing: Framing) -> [UInt8] {
        let head = "HTTP/1.1 200 OK\r\nDate: Sun, 20 Sep 2026 08:00:00 GMT\r\nContent-Type: application/json\r\n"
        let rows = "[\(Fault.row("kept"))]"
        switch framing {
        case .length: return Array((head + "Content-Length: \(rows.utf8.count)\r\n\r\n" + rows).utf8)
        case .chunks: return Array((head + "Transfer-Encoding: chunked\r\n\r\n" + Fault.chunked(rows)).utf8)
        }
    }

    @Test(arguments: Framing.allCases, Ending.allCases)
    func `an answer cut anywhere is no answer, and is worth one more attempt`(
        framing: Framing, ending: Ending
    ) async throws {
        let whole = Self.answer(framing)
        // What is sent of the last line's end, behind the last chunk, makes no difference.
        let end = framing == .chunks ? whole.count - 1 : whole.count
        let peer = try RawPeer { number in
            [.readHead, .write(Array(whole.prefix(number)))] + (ending == .close || number >= end ? [.close] : [.reset])
        }
        var config = UpstreamConfig()
        config.plainOrigins = Set([Origin(of: peer.origin)].compactMap { $0 })
        let transport = try CurlTransport(config, time: SystemTime())
        let keys = Keys()
        let client = CCEClient(
            transport: transport, credentials: keys, time: SystemTime(), values: .redact, version: "1")
        let target = CallTarget(
            cluster: Cluster(
                id: try #require(ClusterID("c-1")), name: "c", region: "r", projectID: "p", kind: .cce,
                credential: "k"),
            endpoint: peer.origin, key: AdmittedKey(name: "k", credential: keys.key))
        for number in 0...whole.count {
            var names: [String]?
            var failure: CallFailure?
            do throws(CallFailure) {
                let listed = try await client.listReleases(
                    of: target, chartID: nil, timeout: .seconds(30), unlessHashed: nil
                ).read { nil }
                if case .part(let part) = listed.content { names = part.rows.map(\.name) }
            } catch { failure = error }
            #expect(peer.record.connections == number + 1)
            if number >= end {
                #expect(names == ["kept"] && failure == nil)
            } else {
                #expect(names == nil)
                let said = failure?.detail ?? ""
                #expect(failure?.reason == .network && failure?.action.retry == .allowed, "byte \(number): \(said)")
            }
        }
        _ = try await eventually {
            let counts = transport.counts
            return counts.queued + counts.inFlight + counts.transfers + counts.bytesHeld == 0 ? true : nil
        }
        await transport.shutdown()
    }
}
