import GatewayTestKit
import Inbound
import ReleaseModel
import Simulation
import Testing

@Suite struct ProjectTests {
    private let time = ManualTime()
    private let fleet: SimulatedFleet

    init() {
        var options = SimulationOptions(clusters: 10, releases: 2)
        options.regions = ["cn-north-4", "ap-southeast-1", "eu-west-0"]
        options.projects = 2
        fleet = SimulatedFleet(options, time: time)
    }

    @Test func `each region has its projects, and each project clusters of both families`() {
        #expect(
            fleet.projects.map(\.name) == [
                "cn-north-4", "cn-north-4_2", "ap-southeast-1", "ap-southeast-1_2", "eu-west-0", "eu-west-0_2",
            ])
        #expect(Set(fleet.projects.map(\.id)).count == 6)
        #expect(fleet.allClusters.count == 60 && Set(fleet.allClusters.map(\.id)).count == 60)
        for project in fleet.projects {
            let clusters = fleet.allClusters.filter { $0.projectID == project.id }
            #expect(clusters.count == 10 && clusters.allSatisfy { $0.region == project.region })
            #expect(clusters.count { $0.kind == .autopilot } == 1)
        }
    }

    @Test func `IAM lists all projects, or those of a name`() async throws {
        var call = SignedCall(fleet, time)
        call.projectID = nil
        let all = try await call.get("/v3/projects").text
        for project in fleet.projects { #expect(all.contains(#""id":"\#(project.id)","name":"\#(project.name)""#)) }
        #expect(all.contains(#""name":"MOS""#))
        let one = try await call.get("/v3/projects", query: [("name", "eu-west-0")]).text
        #expect(one.contains(fleet.projects[4].id) && !one.contains(fleet.projects[5].id))
    }

    @Test func `a project lists its own clusters, and answers for no other's`() async throws {
        let project = fleet.projects[3]
        var call = SignedCall(fleet, time)
        call.projectID = project.id
        let mine = try #require(fleet.allClusters.first { $0.projectID == project.id && $0.kind == .cce })
        let others = try #require(fleet.allClusters.first { $0.projectID != project.id && $0.kind == .cce })
        let text = try await call.get("/api/v3/projects/\(project.id)/clusters").text
        #expect(text.contains(mine.id.text) && !text.contains(others.id.text))
        #expect(try await call.list(mine).status == 200)
        #expect(try await call.list(others).status == 404)
        call.projectID = nil
        #expect(try await call.list(mine).status == 404, "no main project")
        #expect(try await call.list(fleet.allClusters[0]).status == 200)
    }

    @Test func `clusters and projects are added, renamed and deleted while it runs`() throws {
        let project = fleet.projects[1]
        #expect(admin(fleet, "POST", "clusters", [("project", project.id)])?.status == 200)
        let added = try #require(fleet.allClusters.last)
        #expect(added.projectID == project.id && added.region == "cn-north-4" && fleet.allClusters.count == 61)
        #expect(admin(fleet, "PUT", "clusters", [("cluster", added.id.text), ("alias", "new")])?.status == 200)
        #expect(fleet.allClusters.last?.alias == "new" && fleet.allClusters.last?.name == added.name)
        #expect(admin(fleet, "DELETE", "clusters", [("cluster", added.id.text)])?.status == 200)
        #expect(fleet.allClusters.count == 60)
        #expect(admin(fleet, "POST", "projects", [("region", "eu-west-0")])?.status == 200)
        let third = try #require(fleet.projects.last)
        #expect(third.name == "eu-west-0_3" && Set(fleet.projects.map(\.id)).count == 7)
        #expect(admin(fleet, "DELETE", "projects", [("project", project.id)])?.status == 200)
        #expect(fleet.projects.count == 6 && fleet.allClusters.count == 50)
        #expect(admin(fleet, "GET", "fleet")?.text.contains(#""name":"eu-west-0_3""#) == true)
    }

    @Test(arguments: [
        ("POST", "clusters", [("project", "none")]), ("DELETE", "clusters", [("cluster", "none")]),
        ("POST", "projects", [("region", "none")]), ("DELETE", "projects", [("project", "none")]),
        ("DELETE", "clusters", []), ("POST", "projects", []), ("PUT", "projects", []),
    ])
    func `what there is none of cannot be changed`(method: String, path: String, query: [(String, String)]) {
        #expect(admin(fleet, method, path, query.map { ($0.0, $0.1) })?.status == 404)
        #expect(fleet.allClusters.count == 60 && fleet.projects.count == 6)
    }
}
