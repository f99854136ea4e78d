import Foundation
import GatewayTestKit
import JSON

/// A simulated cloud on core 0 and a gateway in front of it on core 1, both processes of their own.
final class Stage {
    struct Fleet {
        var clusters: Int
        var releases: Int
        var valuesBytes: Int
        /// What each cluster takes to answer.
        var latency = "0ms"
    }
    let simulatorPort: UInt16
    let gatewayPort: UInt16
    private let folder: URL
    private let simulator: Process
    private let gateway: Process

    /// - Parameter settings: lines of the gateway's configuration beside `server`, `clusters` and `credentials`.
    init(_ fleet: Fleet, settings: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gateway-bench-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        (simulatorPort, gatewayPort) = (try Companion.freePort(), try Companion.freePort())
        let cloud = [
            "--listen", "127.0.0.1:\(simulatorPort)", "--clusters", "\(fleet.clusters)", "--autopilot-share", "0",
        ]
        simulator = Companion.process(
            "cce-simulator", core: 0,
            cloud + [
                "--releases", "\(fleet.releases)", "--values-bytes", "\(fleet.valuesBytes)", "--latency",
                fleet.latency,
            ])
        gateway = Companion.process(
            "release-gateway", core: 1, ["serve", "--config", folder.appending(path: "gateway.yaml").path()])
        try simulator.run()
        try Companion.waitUntilListening(simulatorPort, simulator)
        let adminPort = try Companion.freePort()
        let server = """
            server: { listen: "127.0.0.1:\(gatewayPort)", adminListen: "127.0.0.1:\(adminPort)" }
            \(settings)

            """
        try (server + Companion.output(of: Companion.process("cce-simulator", core: 0, ["generate-config"] + cloud)))
            .write(to: folder.appending(path: "gateway.yaml"), atomically: true, encoding: .utf8)
        try gateway.run()
        try Companion.waitUntilListening(gatewayPort, gateway)
    }

    func tearDown() {
        Companion.end([gateway, simulator])
        try? FileManager.default.removeItem(at: folder)
    }

    func gatewayCPUSeconds() throws -> Double { try Companion.cpuSeconds(of: gateway.processIdentifier) }

    /// Returns when the gateway has done nothing for a while: what it puts off until its answer is out belongs to it.
    func waitUntilAtRest() throws {
        var before = -1.0
        for _ in 0..<100 {
            let cpu = try gatewayCPUSeconds()
            if cpu == before { return }
            before = cpu
            usleep(60_000)
        }
        throw Companion.Failure(description: "the gateway does not come to rest")
    }

    /// Returns when every cluster has answered once.
    func waitUntilComplete() throws {
        for _ in 0..<600 {
            let answer = try Companion.answer(gatewayPort, "GET", "/readyz", statuses: 200...503)
            if answer.status == 200 {
                let page = try Companion.json(gatewayPort, "GET", "/releases?max_age=1h&wait=10s")
                if page["complete"]?.boolean == true { return }
            }
            usleep(100_000)
        }
        throw Companion.Failure(description: "the fleet did not become complete")
    }
}
