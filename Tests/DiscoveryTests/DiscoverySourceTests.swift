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
        return DiscoverySource(config: config, kind: .autopilot)
    }
    private func ids(_ source: DiscoverySource) -> [String] { source.clusters.keys.map(\.text).sorted() }

    @Test func `a found cluster has what the list and the configuration say`() {
        var source = source()
        source.succeed(listed("a"), projectID: "p1", at: noon)
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
        source.succeed(listed("a", phase: phase), projectID: "p", at: noon)
        #expect(source.clusters[id("a")]?.skip == skip)
    }

    @Test func `a cluster goes after two lists in a row without it, and failed rounds do not count`() {
        var source = source()
        source.succeed(listed("a", "b"), projectID: "p", at: noon)
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a", "b"])
        source.fail(CallFailure(.timeout, detail: ""), at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a", "b"), projectID: "p", at: noon)
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a", "b"], "it was there in between")
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a"])
        source.succeed(listed(), projectID: "p", at: noon)
        #expect(ids(source) == ["a"])
        source.succeed(listed(), projectID: "p", at: noon)
        #expect(ids(source) == [])
    }

    @Test func `a list with items that cannot be read removes nothing`() {
        var source = source()
        source.succeed(listed("a", "b"), projectID: "p", at: noon)
        for _ in 0..<5 { source.succeed(listed("a", dropped: 1), projectID: "p", at: noon) }
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a"])
    }

    @Test func `who was there in between begins anew, also when that list could not be read whole`() {
        var source = source()
        source.succeed(listed("a", "b"), projectID: "p", at: noon)
        source.succeed(listed("a"), projectID: "p", at: noon)
        source.succeed(listed("a", "b", dropped: 1), projectID: "p", at: noon)
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a", "b"])
        source.succeed(listed("a"), projectID: "p", at: noon)
        #expect(ids(source) == ["a"])
    }

    @Test func `a name may change, the id is the cluster`() {
        var source = source()
        source.succeed(listed("a"), projectID: "p", at: noon)
        let renamed = ListedCluster(id: id("a"), name: "name-a", alias: "new")
        source.succeed(ListedClusters(clusters: [renamed]), projectID: "p", at: noon)
        #expect(source.clusters.values.map(\.name) == ["new"])
    }
}

@Suite struct ClusterSetTests {
    private func set(configured: [ClusterConfig] = [], sources: Int = 0) -> ClusterSet {
        ClusterSet(
            configured: configured,
            sources: (0..<sources).map {
                DiscoverySource(config: DiscoveryConfig(region: "r\($0)", credential: "k\($0)"), kind: .cce)
            })
    }
    private let failure = CallFailure(.timeout, detail: "")

    @Test func `without configured clusters nothing is known until all sources were tried and one has answered`() {
        var set = set(sources: 2)
        #expect(set.current == nil)
        set.sources[0].fail(failure, at: noon)
        #expect(set.current == nil)
        set.sources[1].fail(failure, at: noon)
        #expect(set.current == nil, "no list came: that is not an empty fleet")
        set.sources[1].succeed(listed(), projectID: "p", at: noon)
        #expect(set.current == [])
        #expect(self.set().current == [])
    }

    @Test func `configured clusters are there at once`() {
        let set = set(configured: [ClusterConfig(id: id("a"), region: "r", credential: "k")], sources: 1)
        #expect(set.current?.map(\.id) == [id("a")])
    }

    @Test func `after a reload no cluster goes before all sources were tried, and new ones are there at once`() {
        let config = ClusterConfig(id: id("a"), name: "new", region: "r", credential: "k")
        var set = set(configured: [config], sources: 2)
        set.previous = ["a", "z"].map { Cluster(id: id($0), name: "old", region: "r", credential: "k") }
        #expect(set.current?.map { "\($0.id) \($0.name)" } == ["a new", "z old"])
        set.sources[0].succeed(listed("b"), projectID: "p", at: noon)
        #expect(set.current?.map(\.id) == [id("a"), id("b"), id("z")])
        set.sources[1].fail(failure, at: noon)
        #expect(set.current?.map(\.id) == [id("a"), id("b")])
    }

    @Test func `a source is a gap until its first list, and again while it fails or its list cannot be read`() {
        var set = set(configured: [ClusterConfig(id: id("a"), region: "r", credential: "k")], sources: 2)
        #expect(set.known.clusters?.count == 1)
        #expect(set.known.gaps.map(\.region) == ["r0", "r1"])
        #expect(set.known.gaps.allSatisfy { $0.isBlind && $0.flaw == .pending })
        set.sources[0].succeed(listed("b"), projectID: "p", at: noon)
        #expect(set.known.gaps.map(\.region) == ["r1"])
        set.sources[1].fail(failure, at: noon)
        set.sources[1].fail(CallFailure(.cut, detail: ""), at: noon + .seconds(9))
        #expect(set.known.gaps.map(\.flaw) == [.failing(.network, since: noon)])
        #expect(set.known.gaps.allSatisfy { $0.isBlind })
        set.sources[1].succeed(listed(), projectID: "p", at: noon)
        #expect(set.known.gaps == [])
        set.sources[1].fail(failure, at: noon + .seconds(20))
        #expect(set.known.gaps.map(\.flaw) == [.failing(.timeout, since: noon + .seconds(20))])
        #expect(set.known.gaps.map(\.lastSuccess) == [noon])
        #expect(!set.known.gaps.contains { $0.isBlind }, "the clusters found stay")
        set.sources[1].succeed(listed("c", dropped: 1), projectID: "p", at: noon)
        set.sources[1].fail(failure, at: noon)
        #expect(set.known.gaps.map(\.flaw) == [.unreadable(1)])
        #expect(set.known.gaps.allSatisfy { $0.isBlind })
        let config = DiscoveryConfig(region: "r1", credential: "k1")
        let next = DiscoverySource(config: config, kind: .cce, continuing: set.sources)
        #expect(next.gap == set.known.gaps.first, "a reload brings no list")
        let other = DiscoverySource(config: config, kind: .autopilot, continuing: set.sources)
        #expect(other.gap?.flaw == .pending)
    }

    @Test func `what is written counts, what is left out is as found`() {
        var plain = set(
            configured: [
                ClusterConfig(id: id("b"), region: "rw", credential: "kw", labels: ["env": "test"]),
                ClusterConfig(
                    id: id("c"), name: "written", region: "rw", projectID: "pw", credential: "kw", kind: .autopilot),
            ], sources: 2)
        plain.sources[0].succeed(listed("a", "b", "c", phase: "Hibernation"), projectID: "p0", at: noon)
        plain.sources[1].succeed(listed("a"), projectID: "p1", at: noon)
        let current = plain.current ?? []
        #expect(current.map(\.id.text) == ["a", "b", "c"])
        #expect(current.map(\.name) == ["name-a", "name-b", "written"])
        #expect(current.map(\.projectID) == ["p0", "p0", "pw"])
        #expect(current.map(\.credential) == ["k0", "kw", "kw"])
        #expect(current.map(\.kind) == [.cce, .cce, .autopilot])
        #expect(current.allSatisfy { $0.skip == .hibernated })
    }
}
