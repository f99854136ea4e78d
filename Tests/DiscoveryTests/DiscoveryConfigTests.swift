import ReleaseModel
import Settings
import Testing

@testable import Discovery

@Suite struct DiscoveryConfigTests {
    @Test func `a cluster is read whole, and left-out keys have their defaults`() throws {
        let root = try Section(
            yaml: """
                clusters:
                  - { id: a870253f-5dc7, name: one, region: r1, projectId: p, credential: prod, kind: autopilot, labels: {env: prod} }
                  - { id: b, region: r1, credential: prod }
                discovery:
                  - { region: r1, credential: prod, interval: 1m, kinds: [autopilot], labels: {env: prod}, projectId: p }
                  - { region: r2, credential: prod }
                  - { region: all, credential: prod, projects: all, include: { names: [a*] }, exclude: { tags: { t: v } } }
                """.utf8)
        let clusters = ClusterConfig.all(reading: root)
        let sources = DiscoveryConfig.all(reading: root)
        #expect(root.problems.isEmpty)
        #expect(
            clusters == [
                ClusterConfig(
                    id: id("a870253f-5dc7"), name: "one", region: "r1", projectID: "p", credential: "prod",
                    kind: .autopilot, labels: ["env": "prod"]),
                ClusterConfig(id: id("b"), region: "r1", credential: "prod"),
            ])
        #expect(sources.map(\.interval) == [.seconds(60), .seconds(300), .seconds(300)])
        #expect(sources.map(\.kinds) == [[.autopilot], [.cce, .autopilot], [.cce, .autopilot]])
        #expect(sources.map(\.projectID) == ["p", nil, nil])
        #expect(sources.map(\.projects) == [.main, .main, .all])
        #expect(sources.map(\.regionID) == ["r1", "r2", nil])
        #expect(sources[2].include.names == ["a*"] && sources[2].exclude.tags == ["t": "v"])
        #expect(sources[0].include.isEmpty && sources[0].exclude.isEmpty)
    }

    @Test(arguments: [
        ("clusters: [{region: r, credential: k}]", ["clusters[0].id"]),
        ("clusters: [{id: 'a/b', region: r, credential: k}]", ["clusters[0].id"]),
        ("clusters: [{id: a}]", ["clusters[0].region", "clusters[0].credential"]),
        ("clusters: [{id: a, region: r, credential: k, kind: big}]", ["clusters[0].kind"]),
        ("clusters: [{id: a, region: r, credential: k, nam: x}]", ["clusters[0].nam"]),
        (
            "clusters: [{id: a, region: r, credential: k}, {id: a, region: s, credential: k}]", ["clusters[1].id"]
        ),
        ("discovery: [{credential: k}]", ["discovery[0].region"]),
        ("discovery: [{region: r, credential: k, kinds: []}]", ["discovery[0].kinds"]),
        ("discovery: [{region: r, credential: k, kinds: [cce, cce]}]", ["discovery[0].kinds"]),
        ("discovery: [{region: r, credential: k, kinds: [vm]}]", ["discovery[0].kinds[0]"]),
        ("discovery: [{region: r, credential: k, interval: 1s}]", ["discovery[0].interval"]),
        ("discovery: [{region: r, credential: k}, {region: r, credential: k}]", ["discovery[1].region"]),
        ("discovery: [{region: r, credential: k, projectId: p, projects: all}]", ["discovery[0].projectId"]),
        ("discovery: [{region: all, credential: k, projectId: p}]", ["discovery[0].projectId"]),
        ("discovery: [{region: r, credential: k, projects: some}]", ["discovery[0].projects"]),
        ("discovery: [{region: r, credential: k, include: {name: a}}]", ["discovery[0].include.name"]),
        ("discovery: [{region: r, credential: k, exclude: {regions: [a]}}]", ["discovery[0].exclude.regions"]),
        ("discovery: [{region: r, credential: k, exclude: {names: ['']}}]", ["discovery[0].exclude.names"]),
    ])
    func `what is wrong is named with its path`(yaml: String, paths: [String]) throws {
        let root = try Section(yaml: yaml.utf8)
        _ = ClusterConfig.all(reading: root)
        _ = DiscoveryConfig.all(reading: root)
        #expect(Set(root.problems.map(\.path)) == Set(paths))
    }
}
