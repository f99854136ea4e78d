import Discovery
import Gateway
import GatewayTestKit
import Inbound
import JSON
import ReleaseModel
import Settings
import Simulation
import Testing
import Timing

/// With nothing but a key and `--region`, against a cloud of three regions with two projects each.
@Suite struct FleetDiscoveryTests {
    private static let regions = ["cn-north-4", "ap-southeast-1", "eu-west-0"]

    private static func options(clusters: Int) -> SimulationOptions {
        var options = SimulationOptions(clusters: clusters, releases: 2, valuesBytes: 0)
        options.regions = regions
        options.projects = 2
        options.autopilotShare = 0.25
        return options
    }

    /// The environment of a gateway that knows a key, and where the simulator plays the cloud.
    private static func environment(_ fleet: SimulatedFleet, _ endpoint: String) -> [String: String] {
        var environment = fleet.options.keysEnvironment
        environment["HUAWEICLOUD_SDK_IAM_ENDPOINT"] = endpoint
        for region in fleet.options.regions {
            environment["HUAWEICLOUD_SDK_REGION_CCE_\(region.uppercased().replacing("-", with: "_"))"] = endpoint
        }
        return environment
    }

    /// Runs a gateway without a file. It asks for clusters each half second, so that a test sees several rounds.
    private static func withGateway(
        _ region: String, clusters: Int,
        _ body: @escaping @Sendable (SimulatedFleet, RunningGateway) async throws -> Void
    ) async throws {
        let fleet = SimulatedFleet(options(clusters: clusters), time: SystemTime())
        try await SimulatorServer.withRunning(fleet) { simulator in
            let source = ConfigSource(region: region, environment: environment(fleet, simulator.endpoint))
            var config = try source.load()
            config.server.listen = .loopback(port: 0)
            config.server.adminListen = .loopback(port: 0)
            config.server.shutdownDelay = .zero
            for index in config.discovery.indices { config.discovery[index].interval = .milliseconds(500) }
            try await RunningGateway.with(config, secrets: source.secrets) { running in
                try await running.ready()
                try await body(fleet, running)
            }
        }
    }

    /// `name state` by id, as `/v1/clusters` has them.
    private static func clusters(_ running: RunningGateway) async throws -> [String: String] {
        var all: [String: String] = [:]
        var token: String? = ""
        while let asked = token {
            let page = try await running.getJSON(
                "/v1/clusters?page_size=100\(asked.isEmpty ? "" : "&page_token=\(asked)")")
            for cluster in page["items"]?.array ?? [] {
                let state = cluster["reason"]?.string ?? cluster["state"]?.string ?? ""
                all[cluster["cluster_id"]?.string ?? ""] = "\(cluster["cluster_name"]?.string ?? "") \(state)"
            }
            token = page["next_page_token"]?.string
        }
        return all
    }
    private static func truth(_ fleet: SimulatedFleet) -> [String: String] {
        Dictionary(uniqueKeysWithValues: fleet.allClusters.map { ($0.id.text, "\($0.alias) fresh") })
    }

    @Test(arguments: ["all", "cn-north-4,ap-southeast-1,eu-west-0"])
    func `a key and --region find and serve 240 clusters of 3 regions with 2 projects each`(region: String)
        async throws
    {
        try await Self.withGateway(region, clusters: 40) { fleet, running in
            _ = try await eventually { try await Self.clusters(running) == Self.truth(fleet) ? true : nil }
            #expect(fleet.allClusters.count == 240)
            let answer = try await running.getJSON("/releases?page_size=1&require=all")
            #expect(answer["complete"]?.boolean == true)
            #expect(answer["total_size"]?.integer == 480)
            #expect(fleet.calls.badSignatures.isEmpty && fleet.calls.refusedByLock == 0)
            // Both families, and each project under its own id.
            #expect(Set(fleet.allClusters.map(\.kind)) == [.cce, .autopilot])
            for project in fleet.projects {
                let page = try await running.getJSON("/releases?page_size=1&project_id=\(project.id)")
                #expect(page["total_size"]?.integer == 80)
            }
        }
    }

    @Test func `adding, renaming, hibernating and deleting clusters shows within a round or two`() async throws {
        try await Self.withGateway("all", clusters: 4) { fleet, running in
            _ = try await eventually { try await Self.clusters(running) == Self.truth(fleet) ? true : nil }
            func state(_ id: ClusterID) async throws -> String? { try await Self.clusters(running)[id.text] }

            let added = fleet.addCluster(to: fleet.projects[3])
            _ = try await eventually { try await state(added.id) == "\(added.alias) fresh" ? true : nil }

            fleet.rename(added.id, to: "renamed")
            _ = try await eventually { try await state(added.id) == "renamed fresh" ? true : nil }
            let rows = try await running.getJSON("/releases?cluster=renamed")
            #expect(rows["total_size"]?.integer == 2)
            #expect(rows["items"]?.array?.first?["cluster_id"]?.string == added.id.text)

            fleet.setPhase("Hibernation", of: added.id)
            _ = try await eventually { try await state(added.id) == "renamed hibernated" ? true : nil }
            fleet.setPhase("Available", of: added.id)
            _ = try await eventually { try await state(added.id) == "renamed fresh" ? true : nil }

            fleet.removeCluster(added.id)
            _ = try await eventually { try await state(added.id) == nil ? true : nil }
            #expect(try await running.get("/v1/clusters/\(added.id)").status == 404)

            let project = fleet.addProject(in: "eu-west-0")
            let inside = fleet.addCluster(to: project)
            _ = try await eventually { try await state(inside.id) == "\(inside.alias) fresh" ? true : nil }
            fleet.removeProject(project.id)
            _ = try await eventually { try await Self.clusters(running) == Self.truth(fleet) ? true : nil }
        }
    }

    @Test func `lists that fail take no cluster away, and are named`() async throws {
        try await Self.withGateway("all", clusters: 2) { fleet, running in
            _ = try await eventually { try await Self.clusters(running) == Self.truth(fleet) ? true : nil }
            fleet.setFault(.status(500), on: .clusterList)
            fleet.setFault(.status(503), on: .projects)
            let calls = fleet.calls.clusterLists
            let warned = try await eventually {
                let answer = try await running.getJSON("/releases?page_size=1")
                return answer["warnings"]?.array.flatMap { $0.isEmpty ? nil : answer }
            }
            #expect(warned["warnings"]?.array?.first?["code"]?.string == "discovery_failed")
            #expect(warned["total_size"]?.integer == 24)
            // Not only the list of projects has failed, and still nothing is missing.
            _ = try await eventually { fleet.calls.clusterLists > calls ? true : nil }
            #expect(try await running.getJSON("/releases?page_size=1")["total_size"]?.integer == 24)
            fleet.clearFaults()
            _ = try await eventually {
                let answer = try await running.getJSON("/releases?page_size=1")
                return answer["warnings"]?.array?.isEmpty ?? true ? true : nil
            }
        }
    }

    @Test func `tags are labels to filter and to count by`() async throws {
        try await Self.withGateway("cn-north-4", clusters: 10) { fleet, running in
            _ = try await eventually {
                try await Self.clusters(running).count == 20 ? true : nil
            }
            let wanted = fleet.allClusters.filter { $0.region == "cn-north-4" }
            let team = try #require(wanted.first?.labels["team"])
            let expected = Int64(2 * wanted.count { $0.labels["team"] == team })
            let simple = try await running.getJSON("/releases?label.tag.team=\(team)&facets=label.tag.env")
            #expect(simple["total_size"]?.integer == expected)
            let counts = simple["facets"]?["label.tag.env"]?.array?.compactMap { $0["count"]?.integer } ?? []
            #expect(counts.reduce(0, +) == expected, "\(simple["facets"] as Any)")
            let filter = try await running.getJSON("/releases?filter=label.tag.team%3D\(team)")
            #expect(filter["total_size"]?.integer == expected)
        }
    }

    @Test func `the probe tells projects, clusters and first answers of each region`() async throws {
        let fleet = SimulatedFleet(Self.options(clusters: 4), time: SystemTime())
        try await SimulatorServer.withRunning(fleet) { simulator in
            fleet.setPhase("Hibernation", of: fleet.allClusters[0].id)
            let source = ConfigSource(region: "all", environment: Self.environment(fleet, simulator.endpoint))
            let result = try await Probe(source.load(), secrets: source.secrets, logger: LogRecord().logger).run()
            #expect(result.allAnswered)
            let lines = result.table.map { $0.split(separator: " ").map(String.init) }
            #expect(lines.contains(["all", "-", "-", "projects", "environment", "6", "ok"]), "\(result.table)")
            #expect(lines[1].prefix(3) == ["environment", "environment", "there"], "\(lines[1])")
            #expect(lines[1].contains("simulated-account"))
            for key in fleet.options.keysEnvironment.values {
                #expect(!result.table.contains { $0.contains(key) })
            }
            for project in fleet.projects {
                for (kind, count) in [("cce", "3"), ("autopilot", "1")] {
                    let line = [project.region, project.name, project.id, kind, "environment", count, "ok"]
                    #expect(lines.contains(line))
                }
            }
            for cluster in fleet.allClusters.dropFirst() {
                let line = result.table.first { $0.contains(cluster.id.text) } ?? ""
                #expect(line.contains(" ok ") && line.contains(" \(cluster.region) "))
            }
            fleet.setFault(.status(403), on: .projects)
            let refused = try await Probe(source.load(), secrets: source.secrets, logger: LogRecord().logger).run()
            #expect(!refused.allAnswered)
            #expect(refused.table.contains { $0.hasPrefix("all") && $0.contains("forbidden_upstream") })
        }
    }

    @Test func `a region that no table knows is told, and leaves the answer incomplete until it is left out`()
        async throws
    {
        var options = SimulationOptions(clusters: 2, releases: 1, valuesBytes: 0)
        options.regions = ["cn-north-4"]
        let fleet = SimulatedFleet(options, time: SystemTime())
        fleet.addProject(in: "cn-north-44")
        try await SimulatorServer.withRunning(fleet) { simulator in
            let source = ConfigSource(region: "all", environment: Self.environment(fleet, simulator.endpoint))
            var config = try source.load()
            let told = try await Probe(config, secrets: source.secrets, logger: LogRecord().logger).run()
            #expect(!told.allAnswered)
            #expect(told.table.contains { $0.hasPrefix("cn-north-44") && $0.contains("no endpoint is known") })
            config.server.listen = .loopback(port: 0)
            config.server.adminListen = .loopback(port: 0)
            config.server.shutdownDelay = .zero
            try await RunningGateway.with(config, secrets: source.secrets) { running in
                try await running.ready()
                let answer = try await running.getJSON("/releases")
                #expect(answer["total_size"]?.integer == 2 && answer["complete"]?.boolean == false)
            }
            config.discovery[0].exclude.regions = ["cn-north-44"]
            try await RunningGateway.with(config, secrets: source.secrets) { running in
                try await running.ready()
                let answer = try await running.getJSON("/releases")
                #expect(answer["total_size"]?.integer == 2 && answer["complete"]?.boolean == true)
            }
        }
    }
}
