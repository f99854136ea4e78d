import Gateway
import GatewayTestKit
import Locking
import Telemetry

/// Good clusters behind one endpoint, and one cluster for each fault behind an endpoint and with a credential of its own,
/// so that what is made of one fault says nothing of another.
final class FaultyCloud: Sendable {
    static let goodClusters = 5
    static let environment = ["FAKE_AK": "AKEXAMPLEMATRIX", "FAKE_SK": "not-a-secret-key-of-anybody"]

    let faults: [Fault]
    private let good: RawPeer
    private let peers: [RawPeer?]
    private let origins: [String]
    private let isBad: Lock<Bool>
    private let certificates: Certificates
    private let tlsPeers: [TLSPeer]

    /// - Parameter isBad: from the start; else all answer well until `turnBad`.
    init(_ faults: [Fault], isBad: Bool) throws {
        self.faults = faults
        let state = Lock(isBad)
        self.isBad = state
        certificates = try Certificates()
        good = try RawPeer(answering: Fault.rows)
        var peers: [RawPeer?] = []
        var origins: [String] = []
        var tlsPeers: [TLSPeer] = []
        for (index, fault) in faults.enumerated() {
            var peer: RawPeer?
            var origin: String?
            switch fault.place {
            case .peer(let steps):
                peer = try RawPeer { _ in
                    [.readHead] + (state.withLock { $0 } ? steps : [Fault.answer(Fault.rows)])
                }
            case .refusing: peer = try RawPeer { _ in [.readHead, Fault.answer(Fault.rows)] }
            case .unreachable: peer = try RawPeer(accepts: false) { _ in [] }
            case .unresolvable: origin = "https://no-such-name.invalid"
            case .unanswered:
                SlowLookups.fail("matrix.lookup.test")
                origin = "https://matrix.lookup.test"
            case .certificate(let subject, let days, let isSelfSigned, let options):
                let name = isSelfSigned ? "ca" : "server-\(index)"
                if !isSelfSigned { try certificates.make(name, for: subject, days: days) }
                let server = try TLSPeer(certificates, name, options)
                origin = server.origin
                tlsPeers.append(server)
            case .plain:
                let plain = try RawPeer(.text("HTTP/1.1 400 Bad Request\r\n\r\n"))
                origin = "https://127.0.0.1:\(plain.port)"
                peer = plain
            }
            peers.append(peer)
            origins.append(origin ?? peer?.origin ?? "")
        }
        self.peers = peers
        self.origins = origins
        self.tlsPeers = tlsPeers
        if isBad { closePorts() }
    }

    /// From now on every fault is there.
    func turnBad() {
        isBad.withLock { $0 = true }
        closePorts()
    }
    /// Frees everything. At once, but for the threads of the peers.
    func stop() {
        good.stop()
        for peer in peers { peer?.stop() }
    }

    var authority: String { certificates.authority }
    var goodOrigin: String { good.origin }
    func origin(of index: Int) -> String { origins[index] }
    /// Every peer that reads requests has read one.
    var isAskedEverywhere: Bool {
        zip(faults, peers).allSatisfy { fault, peer in
            if case .peer = fault.place { peer?.record.requests.isEmpty == false } else { true }
        }
    }

    static func id(_ index: Int) -> String { "fault-\(index)" }
    /// How often it was called: as its peer saw it, or where none can as we count it ourselves.
    func calls(to index: Int, by running: RunningGateway) -> Int {
        if case .peer = faults[index].place { return peers[index]?.record.connections ?? 0 }
        let name = "release_gateway_upstream_calls_started_total"
        guard let started = GatewayMetrics.families.first(where: { $0.name == name }) else { return -1 }
        let endpoint = origins[index].split(separator: "/").last
        return Int(running.gateway.readings.total(started) { $0[0] == endpoint.map(String.init) })
    }

    /// - Parameters:
    ///   - timeout: of one attempt, and for a connection.
    func settings(timeout: String) -> String {
        var text = """
            upstream: { connectTimeout: \(timeout), timeout: \(timeout), deadline: 25s, retries: 1, maxCallsPerSecond: 0,
                        maxResponseBytes: 1MiB, caFile: "\(authority)" }
            inventory: { refreshInterval: 24h, maxAge: 25h, staleLimit: 48h, minRefreshInterval: 0s }
            credentials:

            """
        let keys = "accessKey: {env: FAKE_AK}, secretKey: {env: FAKE_SK}"
        for name in ["good"] + faults.indices.map(Self.id) { text += "  - { name: \(name), \(keys) }\n" }
        text += "regions:\n"
        for (name, origin) in [("good", good.origin)] + faults.indices.map({ (Self.id($0), origins[$0]) }) {
            text += "  - { id: \(name), cceEndpoint: \"\(origin)\", iamEndpoint: \"\(good.origin)\" }\n"
        }
        text += "clusters:\n"
        let clusters =
            (0..<Self.goodClusters).map { ("good-\($0)", "good") } + faults.indices.map { (Self.id($0), Self.id($0)) }
        for (id, place) in clusters {
            text += "  - { id: \(id), name: \(id), region: \(place), projectId: p, credential: \(place) }\n"
        }
        return text
    }

    private func closePorts() {
        for (fault, peer) in zip(faults, peers) {
            if case .refusing = fault.place { peer?.stop() }
        }
    }
}
