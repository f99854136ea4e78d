import Inbound
import JSON
import ReleaseModel
import Signing
import Simulation
import Timing

/// Asks a handler as the gateway would: signed, at a host.
struct SignedCall {
    var fleet: SimulatedFleet
    var time: any TimeSource
    var credential: Credential?
    var projectID: String?
    /// How much our clock is ahead of the simulator's.
    var clockOffset = Duration.zero

    init(_ fleet: SimulatedFleet, _ time: any TimeSource) {
        self.fleet = fleet
        self.time = time
        credential = fleet.options.credential
        projectID = fleet.projectID
    }

    func request(_ path: String, query: [(name: String, value: String)] = []) throws -> InboundRequest {
        var fields: [(name: String, value: String)] = [("host", "127.0.0.1:18080")]
        if let credential {
            let signed = try Signer(credential: credential, projectID: projectID)
                .sign(
                    UnsignedRequest(host: "127.0.0.1:18080", path: path, query: query), at: time.wall + clockOffset)
            fields += signed.fields.map { ($0.name.lowercased(), $0.value) }
        }
        return InboundRequest(
            method: "GET",
            path: path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init),
            rawPath: path, query: query, fields: fields)
    }
    func get(_ path: String, query: [(name: String, value: String)] = []) async throws -> InboundResponse {
        try await SimulatorHandler(fleet: fleet).answer(request(path, query: query))
    }
    /// The releases of a cluster, on the path of its family.
    func list(_ cluster: SimulatedCluster, query: [(name: String, value: String)] = []) async throws -> InboundResponse
    {
        try await get(cluster.listPath, query: query)
    }
}

extension SimulatedCluster {
    var listPath: String { "\(kind == .cce ? "/cce" : "/autopilot")/cam/v3/clusters/\(id)/releases" }
}

extension InboundResponse {
    /// A body that is whole.
    var bytes: [UInt8] {
        guard case .bytes(let bytes) = body else { return [] }
        return bytes
    }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// What the admin paths answer to a method, a path and a query.
func admin(
    _ fleet: SimulatedFleet, _ method: String, _ path: String, _ query: [(name: String, value: String)] = []
) -> InboundResponse? {
    let request = InboundRequest(
        method: method, path: ["_simulator", path], rawPath: "/_simulator/\(path)", query: query)
    guard case .respond(let response) = SimulatorHandler(fleet: fleet).answerNow(request) else { return nil }
    return response
}
