import Foundation
import GatewayTestKit
import Inbound
import ReleaseModel
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct CloudAnswerTests {
    /// The cloud's sixteen fields.
    private struct Row: Decodable, Equatable {
        let chartName, chartVersion, clusterId, clusterName, createAt, description, name, namespace: String
        let parameters, resources, status, statusDescription, updateAt, values: String
        let chartPublic: Bool
        let version: Int
    }
    private let time = ManualTime()
    private let fleet: SimulatedFleet
    private let call: SignedCall

    init() {
        var options = SimulationOptions(clusters: 6, releases: 25, valuesBytes: 900)
        options.autopilotShare = 0.5
        fleet = SimulatedFleet(options, time: time)
        call = SignedCall(fleet, time)
    }
    private var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
    private func rows(_ response: InboundResponse) throws -> [Row] {
        try decoder.decode([Row].self, from: Data(response.bytes))
    }

    @Test func `a list holds every release of its cluster with all sixteen members`() async throws {
        for cluster in fleet.allClusters {
            let response = try await call.list(cluster)
            #expect(response.status == 200)
            #expect(response.field("Content-Type") == "application/json")
            let truth = fleet.releases(of: cluster.id)
            let rows = try rows(response)
            #expect(rows.map { "\($0.namespace)/\($0.name)" } == truth.map(\.key))
            #expect(rows.map(\.version) == truth.map(\.version))
            #expect(rows.map(\.status) == truth.map(\.status))
            #expect(rows.allSatisfy { $0.clusterId == cluster.id.text && $0.clusterName == cluster.name })
            for (row, release) in zip(rows, truth) {
                #expect(row.updateAt.hasSuffix("+08:00"))
                #expect(Instant(rfc3339: row.updateAt) == release.updatedAt)
                #expect(Instant(rfc3339: row.createAt) == release.createdAt)
            }
        }
    }

    @Test(arguments: [500, 900, 5000, 60_000])
    func `values are JSON in a text, nested, secret and about as long as asked`(byteCount: Int) async throws {
        let fleet = SimulatedFleet(SimulationOptions(clusters: 1, releases: 5, valuesBytes: byteCount), time: time)
        let cluster = try #require(fleet.allClusters.first)
        let rows = try rows(try await SignedCall(fleet, time).list(cluster))
        #expect(rows.count == 5)
        for row in rows {
            let parsed = try JSONSerialization.jsonObject(with: Data(row.values.utf8))
            let values = try #require(parsed as? [String: Any])
            #expect(values["fullnameOverride"] as? String == row.name)
            let auth = try #require(values["auth"] as? [String: Any])
            #expect((auth["password"] as? String)?.hasPrefix(SimulatedFleet.secretMarker) == true)
            #expect((byteCount * 8 / 10...byteCount * 12 / 10 + 200).contains(row.values.utf8.count))
        }
        #expect(Set(rows.map(\.values)).count == 5)
    }

    @Test func `no values are an empty text`() async throws {
        let fleet = SimulatedFleet(SimulationOptions(clusters: 1, releases: 2, valuesBytes: 0), time: time)
        let rows = try rows(try await SignedCall(fleet, time).list(try #require(fleet.allClusters.first)))
        #expect(rows.map(\.values) == ["", ""])
    }

    @Test func `a list changes with the fleet and is the same bytes until then`() async throws {
        let cluster = try #require(fleet.allClusters.first)
        let first = try await call.list(cluster).bytes
        #expect(try await call.list(cluster).bytes == first)
        fleet.step(60)
        let second = try await call.list(cluster)
        #expect(second.bytes != first)
        #expect(try rows(second).map { "\($0.namespace)/\($0.name)" } == fleet.releases(of: cluster.id).map(\.key))
        fleet.removeReleases(of: cluster.id)
        #expect(try await call.list(cluster).text == "[]")
    }

    @Test func `chart_id and namespace filter`() async throws {
        let cluster = try #require(fleet.allClusters.first)
        let truth = fleet.releases(of: cluster.id)
        let wanted = try #require(truth.first)
        let byNamespace = try rows(try await call.list(cluster, query: [("namespace", wanted.namespace)]))
        #expect(byNamespace.count == truth.count { $0.namespace == wanted.namespace })
        #expect(byNamespace.count < truth.count)
        let byChart = try rows(try await call.list(cluster, query: [("chart_id", wanted.chart.id)]))
        #expect(byChart.map(\.chartName).allSatisfy { $0 == wanted.chart.name })
        #expect(byChart.count == truth.count { $0.chart.id == wanted.chart.id })
        #expect(try await call.list(cluster, query: [("namespace", "nowhere")]).text == "[]")
    }

    @Test func `one release and its history`() async throws {
        let cluster = try #require(fleet.allClusters.first { $0.kind == .cce })
        let release = try #require(fleet.releases(of: cluster.id).max { $0.version < $1.version })
        let path = "/cce/cam/v3/clusters/\(cluster.id)/namespace/\(release.namespace)/releases/\(release.name)"
        let response = try await call.get(path)
        let one = try decoder.decode(Row.self, from: Data(response.bytes))
        #expect(one.name == release.name)
        #expect(one.version == release.version)
        #expect(one.resources.isEmpty)
        let shown = try await call.get(path, query: [("show_resources", "true")])
        #expect(try !decoder.decode(Row.self, from: Data(shown.bytes)).resources.isEmpty)
        let history = try rows(try await call.get("\(path)/history"))
        #expect(history.first == one)
        #expect(history.map(\.version) == (0..<min(release.version, 10)).map { release.version - $0 })
        #expect(try await call.get("\(path)-not").status == 404)
    }

    @Test func `each family lists its own clusters`() async throws {
        struct List: Decodable {
            struct Item: Decodable {
                struct Metadata: Decodable {
                    let uid, name, alias, creationTimestamp: String
                    let labels: [String: String]
                }
                struct Status: Decodable { let phase: String }
                let metadata: Metadata
                let status: Status
            }
            let items: [Item]
        }
        fleet.setPhase("Hibernation", of: try #require(fleet.allClusters.first).id)
        for (prefix, kind) in [("/api", "cce"), ("/autopilot", "autopilot")] {
            let response = try await call.get("\(prefix)/v3/projects/\(fleet.projectID)/clusters")
            let items = try decoder.decode(List.self, from: Data(response.bytes)).items
            let truth = fleet.allClusters.filter { $0.kind.rawValue == kind }
            #expect(items.map(\.metadata.uid) == truth.map(\.id.text))
            #expect(items.map(\.metadata.name) == truth.map(\.name))
            #expect(items.map(\.metadata.alias) == truth.map(\.alias))
            #expect(items.map(\.metadata.labels) == truth.map(\.labels))
            #expect(items.map(\.status.phase) == truth.map(\.phase))
            #expect(items.map { Instant(goText: $0.metadata.creationTimestamp) } == truth.map(\.createdAt))
        }
    }

    @Test func `the region's project is found by its name, without a project in the call`() async throws {
        var call = call
        call.projectID = nil
        let found = try await call.get("/v3/projects", query: [("name", "cn-north-4")])
        #expect(found.text.contains(#""id":"\#(fleet.projectID)","name":"cn-north-4""#))
        #expect(try await call.get("/v3/projects", query: [("name", "cn-east-3")]).text.contains(#""projects":[]"#))
    }

    @Test func `what is not there, not awake or not allowed is refused in the cloud's words`() async throws {
        let cluster = try #require(fleet.allClusters.first { $0.kind == .cce })
        #expect(try await call.get("/cce/cam/v3/clusters/unknown/releases").text.contains("CCE.01404001"))
        #expect(try await call.get("/autopilot/cam/v3/clusters/\(cluster.id)/releases").status == 404)
        #expect(try await call.get("/cce/cam/v4/clusters").text.contains("APIGW.0101"))
        fleet.setPhase("Hibernation", of: cluster.id)
        #expect(try await call.list(cluster).status == 400)
        fleet.setPhase("Available", of: cluster.id)
        var stranger = call
        stranger.projectID = "another"
        #expect(try await stranger.list(cluster).text.contains("APIGW.0310"))
    }

    @Test func `latency is waited for, and calls are counted while they wait`() async throws {
        var options = SimulationOptions(clusters: 3, releases: 1)
        options.latency = .milliseconds(50)
        let (fleet, time) = (SimulatedFleet(options, time: time), time)
        let call = SignedCall(fleet, time)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for cluster in fleet.allClusters { group.addTask { try await call.list(cluster).status } }
            while time.sleeping < 3 { await Task.yield() }
            #expect(fleet.calls.inFlight == 3)
            time.advance(by: .milliseconds(49))
            #expect(time.sleeping == 3)
            time.advance(by: .milliseconds(1))
            for try await status in group { #expect(status == 200) }
        }
        #expect(fleet.calls.inFlight == 0)
        #expect(fleet.calls.peakInFlight == 3)
        #expect(fleet.calls.total == 3)
        #expect(fleet.allClusters.allSatisfy { fleet.calls.perCluster[$0.id] == 1 })
        fleet.resetCalls()
        #expect(fleet.calls == SimulatedCalls())
    }
}
