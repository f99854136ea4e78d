import CCE
import ReleaseModel
import Testing
import Timing

@testable import Discovery

@Suite struct ClusterSetTests {
    private func set(configured: [ClusterConfig] = [], sources: Int = 0) -> ClusterSet {
        ClusterSet(configured: configured, discovery: (0..<sources).map(Self.config))
    }
    /// One source, whose project is known.
    private static func config(_ number: Int) -> DiscoveryConfig {
        var config = DiscoveryConfig(region: "r\(number)", credential: "k\(number)", projectID: "p\(number)")
        config.kinds = [.cce]
        return config
    }
    private let failure = CallFailure(.timeout, detail: "")

    @Test func `without configured clusters nothing is known until all sources were tried and one has answered`() {
        var set = set(sources: 2)
        #expect(set.current == nil)
        set.fail(0, failure, at: noon)
        #expect(set.current == nil)
        set.fail(1, failure, at: noon)
        #expect(set.current == nil, "no list came: that is not an empty fleet")
        set.succeed(1, listed(), at: noon)
        #expect(set.current == [])
        #expect(self.set().current == [])
    }

    @Test func `configured clusters are there at once`() {
        let set = set(configured: [ClusterConfig(id: id("a"), region: "r", credential: "k")], sources: 1)
        #expect(set.current?.map(\.id) == [id("a")])
    }

    @Test func `after a reload no cluster goes before all sources were tried, and new ones are there at once`() {
        let config = ClusterConfig(id: id("a"), name: "new", region: "r", credential: "k")
        let old = ["a", "z"].map { ClusterConfig(id: id($0), name: "old", region: "r", credential: "k") }
        var set = ClusterSet(
            configured: [config], discovery: (0..<2).map(Self.config), continuing: self.set(configured: old))
        #expect(set.current?.map { "\($0.id) \($0.name)" } == ["a new", "z old"])
        set.succeed(0, listed("b"), at: noon)
        #expect(set.current?.map(\.id) == [id("a"), id("b"), id("z")])
        set.fail(1, failure, at: noon)
        #expect(set.current?.map(\.id) == [id("a"), id("b")])
    }

    @Test func `a source is a gap until its first list, and again while it fails or its list cannot be read`() {
        var set = set(configured: [ClusterConfig(id: id("a"), region: "r", credential: "k")], sources: 2)
        #expect(set.known.clusters?.count == 1)
        #expect(set.known.gaps.map(\.region) == ["r0", "r1"])
        #expect(set.known.gaps.allSatisfy { $0.isBlind && $0.flaw == .pending })
        set.succeed(0, listed("b"), at: noon)
        #expect(set.known.gaps.map(\.region) == ["r1"])
        set.fail(1, failure, at: noon)
        set.fail(1, CallFailure(.cut, detail: ""), at: noon + .seconds(9))
        #expect(set.known.gaps.map(\.flaw) == [.failing(.network, since: noon)])
        #expect(set.known.gaps.allSatisfy { $0.isBlind })
        set.succeed(1, listed(), at: noon)
        #expect(set.known.gaps == [])
        set.fail(1, failure, at: noon + .seconds(20))
        #expect(set.known.gaps.map(\.flaw) == [.failing(.timeout, since: noon + .seconds(20))])
        #expect(set.known.gaps.map(\.lastSuccess) == [noon])
        #expect(!set.known.gaps.contains { $0.isBlind }, "the clusters found stay")
        set.succeed(1, listed("c", dropped: 1), at: noon)
        set.fail(1, failure, at: noon)
        #expect(set.known.gaps.map(\.flaw) == [.unreadable(1)])
        #expect(set.known.gaps.allSatisfy { $0.isBlind })
        var config = Self.config(1)
        config.kinds = [.cce, .autopilot]
        let next = ClusterSet(configured: [], discovery: [config], continuing: set)
        #expect(next.known.gaps.first == set.known.gaps.first, "a reload brings no list")
        #expect(next.known.gaps.map(\.flaw) == [.unreadable(1), .pending])
    }

    @Test func `what is written counts, what is left out is as found`() {
        var plain = set(
            configured: [
                ClusterConfig(id: id("b"), region: "rw", credential: "kw", labels: ["env": "test"]),
                ClusterConfig(
                    id: id("c"), name: "written", region: "rw", projectID: "pw", credential: "kw", kind: .autopilot),
            ], sources: 2)
        plain.succeed(0, listed("a", "b", "c", phase: "Hibernation"), at: noon)
        plain.succeed(1, listed("a"), at: noon)
        let current = plain.current ?? []
        #expect(current.map(\.id.text) == ["a", "b", "c"])
        #expect(current.map(\.name) == ["name-a", "name-b", "written"])
        #expect(current.map(\.projectID) == ["p0", "p0", "pw"])
        #expect(current.map(\.credential) == ["k0", "kw", "kw"])
        #expect(current.map(\.kind) == [.cce, .cce, .autopilot])
        #expect(current.allSatisfy { $0.skip == .hibernated })
    }

    private func everywhere(_ projects: DiscoveryConfig.Projects = .all) -> DiscoveryConfig {
        var config = DiscoveryConfig(region: "all", credential: "k")
        config.projects = projects
        config.kinds = [.cce]
        return config
    }
    private func project(_ id: String, _ region: String = "r1", name: String? = nil) -> FoundProject {
        FoundProject(region: region, id: id, name: name ?? "\(region)_\(id)")
    }
    private func ids(_ set: ClusterSet) -> [String]? { set.current?.map(\.id.text) }

    @Test func `the projects of all regions are found first, then their clusters`() {
        var set = ClusterSet(configured: [], discovery: [everywhere()])
        #expect(set.searches == [0] && set.sources.isEmpty && set.current == nil)
        #expect(set.known.gaps.map(\.region) == [nil])
        set.succeed(entry: 0, [project("b", "r2"), project("a")], at: noon)
        #expect(set.searches == [0], "a project may come later")
        #expect(set.current == nil)
        #expect(set.known.gaps.map(\.projectID) == ["a", "b"])
        #expect(set.states.map(\.asksFor) == ["projects", "cce", "cce"])
        for (number, cluster) in zip(set.sources, ["x", "y"]) {
            set.change(source: number) { $0.succeed(listed(cluster), at: noon) }
        }
        #expect(set.current?.map { "\($0.id) \($0.region) \($0.projectID ?? "")" } == ["x r1 a", "y r2 b"])
        #expect(set.known.gaps == [])
    }

    @Test func `a project goes after two lists in a row without it, and a failed look-up removes nothing`() {
        var set = ClusterSet(configured: [], discovery: [everywhere()])
        set.succeed(entry: 0, [project("a"), project("b")], at: noon)
        for (number, cluster) in zip(set.sources, ["x", "y"]) {
            set.change(source: number) { $0.succeed(listed(cluster), at: noon) }
        }
        set.succeed(entry: 0, [project("a")], at: noon)
        #expect(ids(set) == ["x", "y"])
        set.fail(entry: 0, failure, at: noon)
        #expect(ids(set) == ["x", "y"])
        #expect(set.known.gaps.map(\.isBlind) == [false])
        set.succeed(entry: 0, [project("a")], at: noon)
        #expect(ids(set) == ["x"] && set.sources.count == 1)
        let before = set.sources
        set.succeed(entry: 0, [project("a"), project("b")], at: noon)
        #expect(set.sources.first == before.first && set.sources.count == 2)
        #expect(ids(set) == ["x"], "a project that comes later holds nothing back")
        #expect(set.known.gaps.map(\.flaw) == [.pending])
    }

    @Test func `of all regions' projects the main ones are those named as the region is`() {
        var set = ClusterSet(configured: [], discovery: [everywhere(.main)])
        set.succeed(entry: 0, [project("a", name: "r1"), project("b")], at: noon)
        #expect(set.known.gaps.map(\.projectID) == ["a"])
    }

    @Test func `a cluster that two credentials reach is one, of the first`() {
        var second = Self.config(0)
        second.credential = "other"
        var set = ClusterSet(configured: [], discovery: [Self.config(0), second])
        set.succeed(1, listed("a", "b"), at: noon)
        set.succeed(0, listed("a"), at: noon)
        #expect(set.current?.map { "\($0.id) \($0.credential)" } == ["a k0", "b other"])
        for _ in 0..<2 { set.succeed(0, listed(), at: noon) }
        #expect(set.current?.map { "\($0.id) \($0.credential)" } == ["a other", "b other"])
    }

    @Test func `after a reload what was found stays, under the new labels and conditions`() {
        var set = ClusterSet(configured: [], discovery: [everywhere()])
        set.succeed(entry: 0, [project("a")], at: noon)
        set.change(source: set.sources[0]) { $0.succeed(listed("x", "y"), at: noon) }
        var config = everywhere()
        config.labels = ["env": "prod"]
        config.exclude.names = ["name-y"]
        let next = ClusterSet(configured: [], discovery: [config], continuing: set)
        #expect(next.current?.map { "\($0.id) \($0.labels["env"] ?? "")" } == ["x prod"])
        #expect(next.known.gaps == [])
    }
}

extension ClusterSet {
    /// Of a set with one source an entry.
    fileprivate mutating func succeed(_ entry: Int, _ listed: ListedClusters, at now: Instant) {
        change(source: sources[entry]) { $0.succeed(listed, at: now) }
    }
    fileprivate mutating func fail(_ entry: Int, _ failure: CallFailure, at now: Instant) {
        change(source: sources[entry]) { $0.fail(failure, at: now) }
    }
}
