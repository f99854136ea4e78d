import CCE
import GatewayTestKit
import Locking
import Logging
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

@testable import Discovery

@Suite struct DiscoveryTests {
    /// Answers by region; every region is a project of its own name.
    private final class Directory: ClusterDirectory {
        typealias Answer = @Sendable (String, Cluster.Kind) -> Result<ListedClusters, CallFailure>
        private let answer: Lock<Answer>
        let calls = Lock<[String]>([])
        let projectsFound = Lock<[FoundProject]>([])
        init(_ answer: @escaping Answer) { self.answer = Lock(answer) }
        func respond(_ answer: @escaping Answer) { self.answer.withLock { $0 = answer } }

        func clusterEndpoint(of region: String) throws(CallFailure) -> String { "https://cce.\(region)" }
        func projectEndpoint(of region: String?) throws(CallFailure) -> String { "https://iam.\(region ?? "all")" }

        func clusters(
            of project: FoundProject, kind: Cluster.Kind, key: AdmittedKey, timeout: Duration
        ) async throws(CallFailure) -> ListedClusters {
            calls.withLock { $0.append("\(project.region) \(project.id) \(kind)") }
            let answer = answer.withLock { $0 }
            return try answer(project.region, kind).get()
        }
        func mainProject(
            of region: String, key: AdmittedKey, timeout: Duration
        ) async throws(CallFailure) -> FoundProject {
            calls.withLock { $0.append("project of \(region)") }
            return FoundProject(region: region, id: "p-\(region)", name: region)
        }
        func projects(
            of region: String?, key: AdmittedKey, timeout: Duration
        ) async throws(CallFailure) -> [FoundProject] {
            calls.withLock { $0.append("projects of \(region ?? "all")") }
            return projectsFound.withLock { $0 }
        }
    }
    private struct Keys: CredentialProvider {
        func credential(named name: String) -> Credential? {
            Credential(accessKey: "AKEXAMPLE", secretKey: Secret(Array("not a secret".utf8)))
        }
    }
    private final class Published: Sendable {
        private let sets = Lock<[KnownClusters]>([])
        /// The sets of clusters, each once.
        var all: [[String]] {
            var all: [[String]] = []
            for clusters in sets.withLock({ $0.compactMap(\.clusters) }) {
                let ids = clusters.map(\.id.text)
                if all.last != ids { all.append(ids) }
            }
            return all
        }
        /// The regions of silent sources, each time.
        var gaps: [[String]] { sets.withLock { $0.map { $0.gaps.compactMap(\.region) } } }
        func add(_ known: KnownClusters) { sets.withLock { $0.append(known) } }
    }

    private func discovery(
        clusters: [ClusterConfig] = [], regions: [String], projectID: String? = nil,
        continuing previous: Discovery? = nil,
        _ directory: Directory, _ time: ManualTime
    ) -> Discovery {
        let sources = regions.map { region in
            var config = DiscoveryConfig(region: region, credential: "prod", projectID: projectID)
            config.kinds = [.cce]
            return config
        }
        return Discovery(
            clusters: clusters, sources: sources, continuing: previous, directory: directory,
            lane: GateLane(gates: CredentialGates(provider: Keys()), time: time),
            timeout: .seconds(10), time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func run(_ discovery: Discovery, _ body: (Published) async -> Void) async {
        let published = Published()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await discovery.run { published.add($0) } }
            await body(published)
            group.cancelAll()
        }
    }
    /// Moves the clock second by second until it is done; between the steps everything is left to happen that can,
    /// which is over when all `sources` sleep.
    private func pass(_ time: ManualTime, _ seconds: Int, sources: Int = 1, until isDone: () -> Bool) async {
        for _ in 0..<seconds {
            await eventually { isDone() || time.sleeping == sources }
            if isDone() { return }
            time.advance(by: .seconds(1))
        }
        // What was published may not have come yet.
        await eventually(isDone)
    }
    /// The bound is there for a test that hangs, not for its timing.
    private func eventually(_ isTrue: () -> Bool) async {
        let end = SystemTime().uptime + .seconds(60)
        while !isTrue(), SystemTime().uptime < end { await Task.yield() }
        #expect(isTrue())
    }

    @Test func `the project is looked up once, and clusters come and go with the lists`() async {
        let time = ManualTime()
        let directory = Directory { region, _ in .success(listed("a", "b")) }
        await run(discovery(regions: ["r1"], directory, time)) { published in
            await pass(time, 5) { published.all == [["a", "b"]] }
            directory.respond { _, _ in .success(listed("b", "c")) }
            await pass(time, 400) { published.all.count == 2 }
            #expect(published.all.last == ["a", "b", "c"])
            await pass(time, 400) { published.all.count == 3 }
            #expect(published.all.last == ["b", "c"])
        }
        let calls = directory.calls.withLock { $0 }
        #expect(calls.first == "project of r1")
        #expect(calls.dropFirst().allSatisfy { $0 == "r1 p-r1 cce" })
    }

    @Test func `projects are looked up with each round, and a new one's clusters at once`() async {
        let time = ManualTime()
        let directory = Directory { region, _ in .success(listed("of-\(region)")) }
        directory.projectsFound.withLock { $0 = [FoundProject(region: "r1", id: "p1")] }
        var config = DiscoveryConfig(region: "all", credential: "prod")
        config.projects = .all
        config.kinds = [.cce]
        let discovery = Discovery(
            clusters: [], sources: [config], directory: directory,
            lane: GateLane(gates: CredentialGates(provider: Keys()), time: time), timeout: .seconds(10), time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await run(discovery) { published in
            await pass(time, 5, sources: 2) { published.all == [["of-r1"]] }
            directory.projectsFound.withLock { $0.append(FoundProject(region: "r2", id: "p2")) }
            await eventually { time.sleeping == 2 }
            await pass(time, 330, sources: 2) { directory.calls.withLock { $0.contains("r2 p2 cce") } }
            await eventually { published.all.last == ["of-r1", "of-r2"] }
            #expect(directory.calls.withLock { $0.filter { $0 == "projects of all" }.count } == 2)
            #expect(discovery.sources.map(\.asksFor) == ["projects", "cce", "cce"])
            directory.projectsFound.withLock { _ = $0.removeFirst() }
            await pass(time, 1000, sources: 3) { published.all.last == ["of-r2"] }
            #expect(directory.calls.withLock { $0.filter { $0 == "projects of all" }.count } == 4)
        }
    }

    @Test func `a source that fails removes nothing, is named, and does not hold back another`() async {
        let time = ManualTime()
        let failure = CallFailure(.timeout, detail: "test")
        let directory = Directory { region, _ in region == "r1" ? .success(listed("a")) : .failure(failure) }
        let discovery = discovery(regions: ["r1", "r2"], directory, time)
        await run(discovery) { published in
            await pass(time, 10, sources: 2) { published.all == [["a"]] }
            #expect(discovery.sources.filter { $0.kind != nil }.map { $0.lastFailure?.reason } == [nil, .timeout])
            #expect(discovery.sources.filter { $0.kind != nil }.map(\.found) == [1, 0])
            directory.respond { region, _ in region == "r2" ? .success(listed("b")) : .failure(failure) }
            await pass(time, 400, sources: 2) { published.all.last == ["a", "b"] }
            // The round of a source is known before it is published.
            await pass(time, 400, sources: 2) { published.gaps.last == ["r1"] }
            #expect(discovery.sources.filter { $0.kind != nil }.map { $0.lastFailure?.reason } == [.timeout, nil])
            #expect(published.all.last == ["a", "b"])
            #expect(published.gaps.first == ["r1", "r2"])
            #expect(published.gaps.contains(["r2"]))
        }
    }

    @Test func `a call whose key is replaced before it is sent is made again at once and is no failure`() async {
        let time = ManualTime()
        let isReplaced = Lock(true)
        let directory = Directory { _, _ in
            defer { isReplaced.withLock { $0 = false } }
            guard isReplaced.withLock({ $0 }) else { return .success(listed("a")) }
            return .failure(CallFailure(.keyReplaced, detail: "test"))
        }
        let discovery = discovery(regions: ["r1"], directory, time)
        await run(discovery) { published in
            await pass(time, 3) { published.all == [["a"]] }
            #expect(discovery.sources.allSatisfy { $0.lastFailure == nil })
            #expect(directory.calls.withLock { $0 } == ["project of r1", "r1 p-r1 cce", "r1 p-r1 cce"])
        }
    }

    @Test func `configured clusters are published before any list comes`() async {
        let time = ManualTime()
        let directory = Directory { _, _ in .failure(CallFailure(.cut, detail: "test")) }
        let configured = [ClusterConfig(id: id("s"), region: "r1", credential: "prod")]
        await run(discovery(clusters: configured, regions: ["r1"], directory, time)) { published in
            await pass(time, 5) { published.all == [["s"]] }
        }
    }

    @Test func `a source that is asked otherwise after a reload takes no cluster away in between`() async {
        let time = ManualTime()
        let directory = Directory { _, _ in .success(listed("a")) }
        let configured = [ClusterConfig(id: id("s"), region: "r1", credential: "prod")]
        let first = discovery(clusters: configured, regions: ["r1"], directory, time)
        await run(first) { published in await pass(time, 5) { published.all.last == ["a", "s"] } }
        let second = discovery(
            clusters: configured, regions: ["r1"], projectID: "p2", continuing: first, directory, time)
        await run(second) { published in
            await pass(time, 5) { published.all.last == ["a", "s"] }
            #expect(published.all == [["a", "s"]])
        }
    }

    @Test func `a refused credential is asked again no more often than its gate allows`() async {
        let time = ManualTime()
        let directory = Directory { _, _ in
            .failure(CallFailure(.unauthorized, status: 401, detail: "test"))
        }
        let discovery = discovery(regions: ["r1", "r2", "r3"], directory, time)
        await run(discovery) { published in
            await pass(time, 1200, sources: 3) { time.uptime > .seconds(1000 + 900) }
            #expect(published.all.isEmpty)
        }
        let lists = directory.calls.withLock { $0 }.filter { $0.hasSuffix("cce") }
        #expect((4...16).contains(lists.count))
    }
}
