import GatewayTestKit
import Inbound
import Signing
import Simulation
import Testing
import Timing

/// Over real sockets.
@Suite struct SimulatorServerTests {
    private let fleet = SimulatedFleet(SimulationOptions(clusters: 3, releases: 10), time: SystemTime())

    /// A signed `GET` to the byte as it goes out.
    private func request(_ path: String, port: UInt16, query: [(name: String, value: String)] = []) throws -> String {
        let host = "127.0.0.1:\(port)"
        let signed = try Signer(credential: fleet.options.credential, projectID: fleet.projectID)
            .sign(UnsignedRequest(host: host, path: path, query: query), at: SystemTime().wall)
        let fields = signed.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return "GET \(signed.target) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n"
    }

    @Test func `what is signed and sent over a socket is accepted, with a query that needs encoding too`() async throws
    {
        try await SimulatorServer.withRunning(fleet) { server in
            let port = try #require(server.port)
            #expect(server.endpoint == "http://127.0.0.1:\(port)")
            for cluster in fleet.allClusters {
                let answer = try await RawClient.ask(request(cluster.listPath, port: port), port: port)
                #expect(answer.status == 200)
                #expect(answer.body == (try await SignedCall(fleet, SystemTime()).list(cluster).bytes))
            }
            let query = [(name: "namespace", value: "a b+c%/*~é")]
            let path = try #require(fleet.allClusters.first).listPath
            let filtered = try await RawClient.ask(request(path, port: port, query: query), port: port)
            #expect(filtered.text == "[]")
            #expect(fleet.calls.badSignatureCount == 0)
        }
    }

    @Test func `faults are switched over the same port, without a signature`() async throws {
        try await SimulatorServer.withRunning(fleet) { server in
            let port = try #require(server.port)
            let cluster = try #require(fleet.allClusters.first)
            let target = "/_simulator/faults?cluster=\(cluster.id)&fault=clock-skew&value=-400"
            let set = try await RawClient.ask("PUT \(target) HTTP/1.1\r\nHost: test\r\n\r\n", port: port)
            #expect(set.status == 200)
            let answer = try await RawClient.ask(request(cluster.listPath, port: port), port: port)
            let now = SystemTime().wall
            let date = try #require(answer.field("date").flatMap { Instant(httpDate: $0, now: now) })
            #expect((.seconds(-402)...(.seconds(-399))).contains(date - now))
        }
    }

    @Test func `a truncated body ends the connection before it is whole`() async throws {
        try await SimulatorServer.withRunning(fleet) { server in
            let port = try #require(server.port)
            let cluster = try #require(fleet.allClusters.first)
            fleet.setFault(.truncate, on: cluster.id)
            let text = try request(cluster.listPath, port: port)
            await #expect(throws: RawClient.ShortAnswer.self) { _ = try await RawClient.ask(text, port: port) }
        }
    }

    @Test func `a call that hangs does not hold up the end`() async throws {
        try await SimulatorServer.withRunning(fleet) { server in
            let port = try #require(server.port)
            let cluster = try #require(fleet.allClusters.first)
            fleet.setFault(.hang, on: cluster.id)
            let text = try request(cluster.listPath, port: port)
            let client = try await onThread {
                let client = try RawClient(port: port)
                try client.send(text)
                return client
            }
            defer { client.closeNow() }
            while fleet.calls.inFlight < 1 { await Task.yield() }
        }
        #expect(fleet.calls.inFlight == 0)
    }
}
