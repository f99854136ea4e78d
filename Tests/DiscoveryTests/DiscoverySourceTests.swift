import CCE
import ReleaseModel
import Testing
import Timing

@testable import Discovery

func id(_ text: String) -> ClusterID { ClusterID(text)! }
func listed(_ ids: String..., phase: String = "Available", dropped: Int = 0) -> ListedClusters {
    ListedClusters(
        clusters: ids.map { ListedCluster(id: id($0), name: "name-\($0)", phase: phase) }, dropped: dropped)
}
let noon = Instant(seconds: 1_790_000_000)

@Suite struct DiscoverySourceTests {
    private func source() -> DiscoverySource {
        var config = DiscoveryConfig(region: "r1", credential: "prod")
        config.labels = ["env": "prod"]
        return DiscoverySource(config: config, project: FoundProject(region: "r1", id: "p1"), kind: .autopilot)
    }
    private func ids(_ source: DiscoverySource) -> [String] { source.clusters.keys.map(\.text).sorted() }

    @Test func `a found cluster has what the list and the configuration say`() {
        var source = source()
        source.succeed(listed("a"), at: noon)
        #expect(
            source.clusters[id("a")]
                == Cluster(
                    id: id("a"), name: "name-a", region: "r1", projectID: "p1", kind: .autopilot,
                    labels: ["env": "prod"], credential: "prod"))
    }

    @Test(arguments: [
        ("Available", nil), ("Unavailable", nil), ("Error", nil), ("Upgrading", nil), ("SomethingNew", nil),
        ("Hibernating", Reason.hibernated), ("Hibernation", .hibernated), ("Awaking", .hibernated),
        ("Creating", .creating), ("Deleting", .deleting),
    ])
    func `the phase says whether a cluster is asked`(phase: String, skip: Reason?) {
        var source = source()
        source.succeed(listed("a", phase: phase), at: noon)
        #expect(source.clusters[id("a")]?.skip == skip)
    }

    @Test func `a cluster goes after two lists in a row without it, and failed rounds do not count`() {
        var source = source()
        source.succeed(listed("a", "b"), at: noon)
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a", "b"])
        source.fail(CallFailure(.timeout, detail: ""), at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a", "b"), at: noon)
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a", "b"], "it was there in between")
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a"])
        source.succeed(listed(), at: noon)
        #expect(ids(source) == ["a"])
        source.succeed(listed(), at: noon)
        #expect(ids(source) == [])
    }

    @Test func `a list with items that cannot be read removes nothing`() {
        var source = source()
        source.succeed(listed("a", "b"), at: noon)
        for _ in 0..<5 { source.succeed(listed("a", dropped: 1), at: noon) }
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a"])
    }

    @Test func `who was there in between begins anew, also when that list could not be read whole`() {
        var source = source()
        source.succeed(listed("a", "b"), at: noon)
        source.succeed(listed("a"), at: noon)
        source.succeed(listed("a", "b", dropped: 1), at: noon)
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), at: noon)
        #expect(ids(source) == ["a"])
    }

    @Test func `a name may change, the id is the cluster`() {
        var source = source()
        source.succeed(listed("a"), at: noon)
        let renamed = ListedCluster(id: id("a"), name: "name-a", alias: "new")
        source.succeed(ListedClusters(clusters: [renamed]), at: noon)
        #expect(source.clusters.values.map(\.name) == ["new"])
    }

    private func cluster(
        _ name: String, alias: String? = nil, labels: [String: String] = [:], tags: [String: String] = [:],
        phase: String = "Available"
    ) -> ListedCluster {
        ListedCluster(id: id(name), name: name, alias: alias, phase: phase, labels: labels, tags: tags)
    }

    @Test func `tags are labels with a prefix, and what the configuration says counts`() {
        var config = DiscoveryConfig(region: "r1", credential: "prod")
        config.labels = ["env": "prod", "tag.owner": "me"]
        var source = DiscoverySource(config: config, project: FoundProject(region: "r1", id: "p1"), kind: .cce)
        let listed = cluster("a", labels: ["hidden": "yes"], tags: ["team": "pay", "owner": "you", "bare": ""])
        source.succeed(ListedClusters(clusters: [listed]), at: noon)
        #expect(
            source.clusters[id("a")]?.labels == [
                "env": "prod", "tag.team": "pay", "tag.owner": "me", "tag.bare": "",
            ])
    }

    private static func config(_ change: (inout DiscoveryConfig) -> Void) -> DiscoveryConfig {
        var config = DiscoveryConfig(region: "r1", credential: "prod")
        change(&config)
        return config
    }
    @Test(arguments: [
        (Self.config { _ in }, ["a", "b", "c"]),
        (Self.config { $0.include.names = ["a", "B*"] }, ["a", "b"]),
        (Self.config { $0.include.names = ["*"] }, ["a", "b", "c"]),
        (Self.config { $0.include.labels = ["env": "prod"] }, ["a", "b"]),
        (Self.config { $0.include.labels = ["env": "*", "x": "*"] }, []),
        (Self.config { $0.include.tags = ["team": "p*"] }, ["a", "c"]),
        (Self.config { $0.include.phases = ["Available"] }, ["a", "b"]),
        (Self.config { ($0.include.labels, $0.include.tags) = (["env": "prod"], ["team": "*"]) }, ["a"]),
        (Self.config { $0.exclude.names = ["c", "Bob"] }, ["a"]),
        (Self.config { $0.exclude.phases = ["Hibernation"] }, ["a", "b"]),
        (Self.config { ($0.exclude.labels, $0.exclude.tags) = (["env": "dev"], ["team": "pay"]) }, ["b"]),
        (Self.config { ($0.include.labels, $0.exclude.names) = (["env": "prod"], ["a"]) }, ["b"]),
    ])
    func `who is let in meets all of include and nothing of exclude`(config: DiscoveryConfig, expected: [String]) {
        var source = DiscoverySource(config: config, project: FoundProject(region: "r1", id: "p1"), kind: .cce)
        source.succeed(
            ListedClusters(clusters: [
                cluster("a", labels: ["env": "prod"], tags: ["team": "pay"]),
                cluster("b", alias: "Bob", labels: ["env": "prod"]),
                cluster("c", labels: ["env": "dev"], tags: ["team": "p"], phase: "Hibernation"),
            ]), at: noon)
        #expect(ids(source) == expected)
    }

    @Test func `a cluster that is listed as one to be left out goes at once, and one that is missed does not`() {
        var config = DiscoveryConfig(region: "r1", credential: "prod")
        config.exclude.names = ["old-*"]
        var source = DiscoverySource(config: config, project: FoundProject(region: "r1", id: "p1"), kind: .cce)
        source.succeed(ListedClusters(clusters: [cluster("a"), cluster("b")]), at: noon)
        source.succeed(ListedClusters(clusters: [cluster("a", alias: "old-a")]), at: noon)
        #expect(ids(source) == ["b"])
        source.succeed(ListedClusters(clusters: [cluster("a"), cluster("b")]), at: noon)
        #expect(ids(source) == ["a", "b"])
    }

    @Test(arguments: [
        ("", "", true), ("", "a", false), ("*", "", true), ("**", "ab", true), ("a", "a", true), ("a", "ab", false),
        ("a*", "ab", true), ("*b", "ab", true), ("*b", "aba", false), ("a*c", "abcbc", true), ("a*c", "abcb", false),
        ("*ab*ab", "abab", true), ("*ab*ab", "ab", false), ("é*", "é-1", true), ("a?", "ab", false),
    ])
    func `a star stands for any text`(pattern: String, text: String, isMatch: Bool) {
        #expect(Wildcards.matches(pattern, text) == isMatch)
    }

    @Test(arguments: [
        ([], [], ["ae-ad-1", "cn-east-3", "cn-north-4"]), (["cn-*"], [], ["cn-east-3", "cn-north-4"]),
        ([], ["cn-north-4"], ["ae-ad-1", "cn-east-3"]), (["cn-*"], ["*-east-*"], ["cn-north-4"]), ([], ["*"], []),
    ])
    func `of all regions those are asked that the configuration lets in, at once after a reload`(
        include: [String], exclude: [String], expected: [String]
    ) {
        let found = ["cn-north-4", "cn-east-3", "ae-ad-1"].map { FoundProject(region: $0, id: "p-\($0)", name: $0) }
        var open = DiscoveryConfig(region: DiscoveryConfig.everywhere, credential: "prod")
        var before = ProjectSearch(open)
        before.succeed(found, at: noon)
        #expect(before.projects.count == 3)
        (open.include.regions, open.exclude.regions) = (include, exclude)
        var search = ProjectSearch(open)
        search.succeed(found, at: noon)
        #expect(search.projects.map(\.region) == expected)
        var after = ProjectSearch(open, continuing: [before])
        #expect(after.projects.map(\.region) == expected)
        after.succeed(found, at: noon)
        #expect(after.projects.map(\.region) == expected)
    }
}
