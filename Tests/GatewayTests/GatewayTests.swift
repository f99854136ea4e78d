import Foundation
import Gateway
import GatewayTestKit
import Inbound
import ReleaseModel
import Settings
import Simulation
import Testing
import Timing

@Suite struct GatewayTests {
    @Test func `the merged list of a discovered or configured fleet is served, every release once`() async throws {
        for usesDiscovery in [false, true] {
            try await Harness.run { harness in
                if usesDiscovery { try harness.reconfigure(harness.configText("", usesDiscovery: true)) }
                try await harness.ready()
                // Not before its first list has come does discovery know of all clusters.
                let answer = try await eventually {
                    let answer = try await harness.get("/releases?page_size=500&max_age=0&wait=10s&require=all")
                    return answer.text.contains("discovery_pending") ? nil : answer
                }
                #expect(answer.status == 200)
                #expect(answer.text.contains("\"total_size\":\(harness.fleet.allKeys.count)"))
                #expect(answer.text.contains("\"complete\":true"))
            }
        }
    }

    @Test func `not ready before every cluster was tried, alive at once`() async throws {
        let cloud = try RawPeer { _ in [.readHead, .gate, .text(RawPeer.answer("[]")), .again] }
        let text = """
            server: { listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", shutdownDelay: 0s, requestTimeout: 4m,
                      startupGrace: 4m }
            upstream: { timeout: 2m, deadline: 3m }
            credentials: [{ name: a, accessKey: {env: AK}, secretKey: {env: SK} }]
            regions: [{ id: here, cceEndpoint: "\(cloud.origin)", iamEndpoint: "\(cloud.origin)" }]
            clusters: [{ id: c1, region: here, credential: a }, { id: c2, region: here, credential: a }]

            """
        let root = try Section(yaml: Array(text.utf8))
        let config = GatewayConfig(reading: root, region: nil, environment: nil, file: "test")
        #expect(root.problems == [])
        let gateway = Gateway(
            config, secrets: SecretReader(environment: ["AK": "AKEXAMPLE", "SK": "obviously-fake"]),
            residentBytes: { nil }, logger: LogRecord().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            let ports = try await eventually { gateway.ports }
            // Asked, and not answered until the gate opens.
            await cloud.waitForRequests(1)
            #expect(try await RawClient.get("/livez", port: ports.main).status == 200)
            for port in [ports.main, ports.admin] {
                #expect(try await RawClient.get("/readyz", port: port).status == 503)
            }
            cloud.openGate()
            for port in [ports.main, ports.admin] {
                _ = try await eventually { try await RawClient.get("/readyz", port: port).status == 200 ? true : nil }
            }
            gateway.stop()
            try await group.waitForAll()
        }
        cloud.stop()
    }

    @Test func `a signal that comes before it runs ends it when it does`() async throws {
        let fleet = SimulatedFleet(SimulationOptions(clusters: 1, releases: 1), time: SystemTime())
        let text = "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s }\n"
        let log = LogRecord()
        let config = GatewayConfig(
            reading: try Section(yaml: Array((text + fleet.gatewayConfig(endpoint: "http://127.0.0.1:9")).utf8)),
            region: nil, environment: nil, file: "test")
        let secrets = SecretReader(environment: fleet.options.keysEnvironment)
        let signals = await ProcessSignals()
        kill(getpid(), SIGTERM)
        try await Gateway(config, secrets: secrets, logger: log.logger).runUntilSignalled(signals)
        #expect(log.all.last == "info stopped")
    }

    @Test func `at the end it is not ready and closes every connection, and still answers for shutdownDelay`()
        async throws
    {
        let server = "server: { listen: \"127.0.0.1:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 5m }\n"
        try await Harness.run(settings: server) { harness in
            try await harness.ready()
            let before = try await harness.get("/releases")
            #expect(!before.closes)
            harness.gateway.stop()
            let probe = try await eventually {
                let answer = try await RawClient.get("/readyz", port: harness.ports.admin)
                return answer.status == 503 ? answer : nil
            }
            #expect(probe.closes)
            let after = try await harness.get("/releases?page_size=500")
            #expect(after.status == 200)
            #expect(after.closes)
            // The harness stops it again, which takes the five minutes away.
        }
    }

    @Test func `a request that waits when the end comes is answered`() async throws {
        // So that the clusters are asked again, just after they were.
        try await Harness.run(settings: "inventory: { minRefreshInterval: 0s }\n") { harness in
            try await harness.ready()
            for cluster in harness.fleet.allClusters { harness.fleet.setFault(.hang, on: cluster.id) }
            async let waiting = harness.get("/releases?max_age=0&wait=20s")
            _ = try await eventually { harness.fleet.calls.inFlight > 0 ? true : nil }
            harness.gateway.stop()
            harness.gateway.stop()
            let answer = try await waiting
            #expect([200, 503].contains(answer.status))
        }
    }

    @Test func `a port that is taken is a failed start, and nothing is left running`() async throws {
        try await Harness.run { harness in
            var config = GatewayConfig()
            config.server.listen = .loopback(port: harness.ports.main)
            config.server.adminListen = .loopback(port: 0)
            let second = Gateway(config, logger: harness.log.logger)
            let error = await #expect(throws: GatewayStartError.self) { try await second.run() }
            #expect(error?.doing == "start listening")
            #expect(second.ports == nil)
        }
    }

    @Test func `cancelling the task ends it as stop does`() async throws {
        var config = GatewayConfig()
        config.server.listen = .loopback(port: 0)
        config.server.adminListen = .loopback(port: 0)
        let gateway = Gateway(config, logger: LogRecord().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            let ports = try await eventually { gateway.ports }
            #expect(try await RawClient.get("/releases", port: ports.main).status == 503)
            group.cancelAll()
            try await group.waitForAll()
            await #expect(throws: (any Error).self) { try await RawClient.get("/livez", port: ports.main) }
        }
    }
}
