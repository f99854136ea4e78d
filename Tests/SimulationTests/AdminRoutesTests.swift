import Foundation
import GatewayTestKit
import Inbound
import ReleaseModel
import Simulation
import Testing

@Suite struct AdminRoutesTests {
    private let time = ManualTime()
    private let fleet: SimulatedFleet
    private let cluster: SimulatedCluster

    init() throws {
        fleet = SimulatedFleet(SimulationOptions(clusters: 3, releases: 4), time: time)
        cluster = try #require(fleet.allClusters.first)
    }

    @Test(arguments: SimulatedFault.names.filter { !$0.contains("CODE") } + ["status-500", "status-502-html"])
    func `every fault can be switched on by its name, and off again`(name: String) throws {
        let response = try #require(admin(fleet, "PUT", "faults", [("cluster", cluster.id.text), ("fault", name)]))
        #expect(response.status == 200)
        #expect(response.text.contains(#""cluster":"\#(cluster.id)""#))
        if name != "latency" && name != "clock-skew" { #expect(response.text.contains(#""fault":"\#(name)""#)) }
        #expect(admin(fleet, "DELETE", "faults", [("cluster", cluster.id.text)])?.text == #"{"faults":[]}"#)
    }

    @Test func `latency and skew take a value and go together with another fault`() throws {
        for (fault, value) in [("latency", "250"), ("clock-skew", "-1200"), ("truncate", "")] {
            _ = admin(fleet, "PUT", "faults", [("cluster", "*"), ("fault", fault), ("value", value), ("calls", "3")])
        }
        #expect(
            admin(fleet, "GET", "faults")?.text
                == #"{"faults":[{"cluster":"*","fault":"truncate","calls":3,"latency_ms":250,"clock_skew_s":-1200}]}"#)
    }

    @Test(arguments: [
        ("PUT", "faults", [("cluster", "unknown"), ("fault", "hang")], 404),
        ("PUT", "faults", [("cluster", "*"), ("fault", "hanging")], 400),
        ("PUT", "faults", [("cluster", "*"), ("fault", "status-200")], 400),
        ("PUT", "faults", [("cluster", "*"), ("fault", "status-500-xml")], 400),
        ("PUT", "faults", [("cluster", "*"), ("fault", "hang"), ("calls", "-9223372036854775808")], 400),
        ("PUT", "faults", [("cluster", "*"), ("fault", "hang"), ("calls", "two")], 400),
        ("PUT", "faults", [("fault", "hang")], 404), ("DELETE", "faults", [("cluster", "unknown")], 404),
        ("PUT", "churn", [("steps", "-1")], 400),
        ("PUT", "clusters", [("cluster", "unknown"), ("phase", "Error")], 404),
        ("GET", "nothing", [], 404), ("POST", "calls", [], 404),
    ])
    func `wrong calls are refused and change nothing`(
        method: String, path: String, query: [(String, String)], status: Int
    ) {
        let response = admin(fleet, method, path, query.map { ($0.0, $0.1) })
        #expect(response?.status == status)
        #expect(response?.text.hasPrefix(#"{"error":"#) == true)
        #expect(admin(fleet, "GET", "faults")?.text == #"{"faults":[]}"#)
    }

    @Test func `the truth is all releases as they are now`() throws {
        struct Truth: Decodable {
            struct Cluster: Decodable {
                struct Release: Decodable { let namespace, name: String }
                let clusterId: String
                let releases: [Release]
            }
            let generation: Int
            let clusters: [Cluster]
        }
        #expect(admin(fleet, "PUT", "churn", [("steps", "25")])?.status == 200)
        let response = try #require(admin(fleet, "GET", "fleet"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let truth = try decoder.decode(Truth.self, from: Data(response.bytes))
        #expect(truth.generation == 25)
        let keys = truth.clusters.flatMap { cluster in
            cluster.releases.map { "\(cluster.clusterId)/\($0.namespace)/\($0.name)" }
        }
        #expect(Set(keys) == fleet.allKeys)
        #expect(keys.count == fleet.allKeys.count)
    }

    @Test func `calls are counted by cluster until they are reset`() async throws {
        let call = SignedCall(fleet, time)
        _ = try await call.list(cluster)
        _ = try await call.list(cluster)
        let text = try #require(admin(fleet, "GET", "calls")?.text)
        #expect(text.contains(#""total":2,"in_flight":0,"peak_in_flight":1"#))
        #expect(text.contains(#""clusters":{"\#(cluster.id)":2}"#))
        #expect(admin(fleet, "DELETE", "calls")?.text.contains(#""total":0"#) == true)
    }
    @Test func `a cluster's phase can be changed`() throws {
        _ = admin(fleet, "PUT", "clusters", [("cluster", cluster.id.text), ("phase", "Hibernation")])
        #expect(fleet.allClusters.first?.phase == "Hibernation")
    }
}
