import CCE
import GatewayTestKit
import Outbound
import ReleaseModel
import Testing
import Timing

@Suite struct DiscoveryTests {
    private func client(_ transport: ScriptedTransport) -> CCEClient {
        CCEClient(
            transport: transport, credentials: FixedCredentials(), time: ManualTime(), values: .redact, version: "1")
    }
    private func region() throws -> RegionConfig { try #require(RegionTable()["cn-north-4"]) }

    private func clusters(_ body: String, kind: Cluster.Kind = .cce) async throws -> ListedClusters {
        try await client(ScriptedTransport([answer(200, body)])).clusters(
            of: "p1", kind: kind, in: region(), key: prodKey, timeout: .seconds(5))
    }
    private func item(_ uid: String, _ more: String = "", phase: String = "Available") -> String {
        #"{"kind":"Cluster","apiVersion":"v3","metadata":{"uid":"\#(uid)","name":"n-\#(uid)"\#(more)},"spec":{},"status":{"phase":"\#(phase)"}}"#
    }
    private func body(_ items: String...) -> String {
        #"{"kind":"Cluster","apiVersion":"v3","items":[\#(items.joined(separator: ","))]}"#
    }

    @Test(arguments: [
        (Cluster.Kind.cce, "/api/v3/projects/p1/clusters"), (.autopilot, "/autopilot/v3/projects/p1/clusters"),
    ])
    func `each family has its path`(kind: Cluster.Kind, path: String) async throws {
        let transport = ScriptedTransport([answer(200, body())])
        let listed = try await client(transport).clusters(
            of: "p1", kind: kind, in: region(), key: prodKey, timeout: .seconds(5))
        #expect(listed == ListedClusters(clusters: [], dropped: 0))
        let sent = try #require(transport.sent.first)
        #expect(sent.request.url == "https://cce.cn-north-4.myhuaweicloud.com" + path)
        #expect(sent.field("X-Project-Id") == "p1")
    }
    @Test func `a cluster brings name, alias, labels, phase and times`() async throws {
        let more =
            #","alias":"shown","labels":{"env":"prod","n":1},"creationTimestamp":"2018-08-02 03:48:58.968214406 +0000 UTC","updateTimestamp":"2018-08-02 06:20:28.81667161 +0000 UTC""#
        let listed = try await clusters(body(item("u1", more, phase: "Upgrading")), kind: .autopilot)
        let cluster = try #require(listed.clusters.first)
        #expect(cluster.id == ClusterID("u1") && cluster.name == "n-u1" && cluster.alias == "shown")
        #expect(cluster.kind == .autopilot && cluster.phase == "Upgrading" && cluster.labels == ["env": "prod"])
        #expect(cluster.createdAt?.rfc3339 == "2018-08-02T03:48:58.968214406Z")
        #expect(cluster.updatedAt?.rfc3339 == "2018-08-02T06:20:28.81667161Z")
    }
    @Test func `tags are those that have a key`() async throws {
        let text = item("u1").replacing(
            #""spec":{}"#,
            with: #""spec":{"clusterTags":[{"key":"team","value":"pay"},{"key":"bare"},{"value":"x"},{"key":""},7]}"#)
        #expect(try await clusters(body(text)).clusters.first?.tags == ["team": "pay", "bare": ""])
        let odd = item("u1").replacing(#""spec":{}"#, with: #""spec":{"clusterTags":{}}"#)
        #expect(try await clusters(body(odd)).clusters.first?.tags == [:])
    }
    @Test func `an alias that says the same, or nothing, is none`() async throws {
        let listed = try await clusters(
            body(item("u1", #","alias":"n-u1""#), item("u2", #","alias":"""#), item("u3", #","alias":3"#)))
        #expect(listed.clusters.map(\.alias) == [nil, nil, nil])
    }
    @Test(
        arguments: [
            ("Available", nil), ("Unavailable", nil), ("ScalingUp", nil), ("Upgrading", nil), ("Error", nil),
            ("Empty", nil),
            ("SomethingNew", nil), ("", nil), ("Hibernating", Reason.hibernated), ("Hibernation", .hibernated),
            ("Awaking", .hibernated), ("Creating", .creating), ("Deleting", .deleting),
        ] as [(String, Reason?)])
    func `phases decide who is not asked`(phase: String, skip: Reason?) async throws {
        #expect(try await clusters(body(item("u1", phase: phase))).clusters.first?.skip == skip)
    }
    @Test func `endpoints may be a list, an object or missing`() async throws {
        for endpoints in [
            "[{\"url\":\"https://192.168.0.68:5443\",\"type\":\"Internal\"}]", "{\"internal\":\"x\"}", "null",
        ] {
            let text = item("u1").replacing("\"phase\"", with: "\"endpoints\":\(endpoints),\"phase\"")
            #expect(try await clusters(body(text)).clusters.count == 1)
        }
    }
    @Test func `items that cannot be used are counted, never forgotten`() async throws {
        let listed = try await clusters(
            body(
                item("u1"), #"{"metadata":{"name":"prepaid"}}"#, "null", item("a/b"), item("u1"),
                #"{"metadata":{"uid":"u9","name":""}}"#))
        #expect(listed.clusters.map(\.id.text) == ["u1"] && listed.dropped == 4, "one that is given twice is whole")
    }
    @Test(arguments: [
        "", "[]", "{}", "null", "<html>", #"{"items":{}}"#, #"{"items":null}"#, #"{"items":[{}]}"#, #"{"items":[1]}"#,
        #"{"kind":"Cluster"}"#, #"{"error_code":"X.1","error_msg":"x"}"#,
    ])
    func `what is no list of clusters is an error, never an empty list`(body: String) async throws {
        let failure = await #expect(throws: CallFailure.self) { try await clusters(body) }
        #expect(failure?.reason == .invalidResponse)
    }
    @Test func `a list that was never filled is empty`() async throws {
        #expect(try await clusters(#"{"kind":"Cluster","items":null}"#).clusters.isEmpty)
    }
    @Test func `a project id that is none is not sent`() async throws {
        let transport = ScriptedTransport([])
        let failure = await #expect(throws: CallFailure.self) {
            try await client(transport).clusters(
                of: "../x", kind: .cce, in: region(), key: prodKey, timeout: .seconds(1))
        }
        #expect(failure?.reason == .rejected && transport.sent.isEmpty)
    }

    // MARK: - Projects

    private func project(_ body: String) async throws -> String {
        try await client(ScriptedTransport([answer(200, body)])).project(
            of: region(), key: prodKey, timeout: .seconds(5))
    }
    @Test func `the project of a region is the one of its name`() async throws {
        let body = #"{"projects":[{"id":"p2","name":"cn-north-4_sub"},{"id":"p1","name":"cn-north-4"}],"links":{}}"#
        let transport = ScriptedTransport([answer(200, body)])
        #expect(try await client(transport).project(of: region(), key: prodKey, timeout: .seconds(5)) == "p1")
        let sent = try #require(transport.sent.first)
        #expect(sent.request.url == "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4")
        #expect(sent.origin == "https://iam.cn-north-4.myhuaweicloud.com" && sent.field("X-Project-Id") == nil)
    }
    @Test(arguments: [
        (#"{"projects":[]}"#, Reason.rejected, "no project named"),
        (#"{"projects":[{"id":"p","name":"x"}]}"#, .rejected, "no project named"),
        (
            #"{"projects":[{"id":"p1","name":"cn-north-4"},{"id":"p2","name":"cn-north-4"}]}"#, .rejected,
            "2 projects named"
        ),
        (#"{"projects":[{"name":"cn-north-4"}]}"#, .invalidResponse, "without a usable id"),
        ("{}", .invalidResponse, "not a list"),
        ("", .invalidResponse, "empty"),
        (#"{"projects":[{"id":"a b","name":"cn-north-4"}]}"#, .invalidResponse, "usable id"),
    ])
    func `none or several projects are an error that says what to do`(body: String, reason: Reason, detail: String)
        async throws
    {
        let failure = await #expect(throws: CallFailure.self) { try await project(body) }
        #expect(failure?.reason == reason && failure?.detail.contains(detail) == true)
    }

    private func projects(_ body: String) async throws -> [ListedProject] {
        let transport = ScriptedTransport([answer(200, body)])
        let found = try await client(transport).projects(at: region().iam, key: prodKey, timeout: .seconds(5))
        #expect(transport.sent.first?.request.url == "https://iam.cn-north-4.myhuaweicloud.com/v3/projects")
        #expect(transport.sent.first?.field("X-Project-Id") == nil)
        return found
    }
    @Test func `all projects are those in use, each once`() async throws {
        let body =
            #"{"projects":[{"id":"p2","name":"cn-north-4_sub","enabled":true},{"id":"p1","name":"cn-north-4"},{"id":"p1","name":"cn-north-4"},{"id":"p3","name":"cn-east-3","enabled":false}],"links":{"next":null}}"#
        #expect(
            try await projects(body) == [
                ListedProject(id: "p2", name: "cn-north-4_sub"), ListedProject(id: "p1", name: "cn-north-4"),
            ])
        #expect(try await projects(#"{"projects":[]}"#) == [])
    }
    @Test(arguments: [
        "{}", "", "[]", #"{"projects":{}}"#, #"{"projects":[{"name":"cn-north-4"}]}"#, #"{"projects":[{"id":"p"}]}"#,
        #"{"projects":[null]}"#,
    ])
    func `a part of the projects is no list of them`(body: String) async throws {
        let failure = await #expect(throws: CallFailure.self) { try await projects(body) }
        #expect(failure?.reason == .invalidResponse)
    }

    // MARK: - Pages of projects

    /// A page with so many projects, `p0` and on, whose answer says that there are more.
    private func page(_ numbers: Range<Int>) -> ScriptedTransport.Answer {
        let items = numbers.map { #"{"id":"p\#($0)","name":"cn-north-4_\#($0)"}"# }.joined(separator: ",")
        return answer(200, #"{"projects":[\#(items)],"links":{"next":"https://iam/v3/projects?page=2"}}"#)
    }
    @Test func `where IAM gives a part of the projects, the rest is asked for page by page`() async throws {
        let transport = ScriptedTransport([page(0..<10), page(0..<1000), page(1000..<2000), page(1999..<2005)])
        let found = try await client(transport).projects(at: region().iam, key: prodKey, timeout: .seconds(5))
        #expect(found.map(\.id) == (0..<2005).map { "p\($0)" })
        let query = transport.sent.map { $0.request.url.split(separator: "?").dropFirst().first ?? "" }
        #expect(query == ["", "page=1&per_page=1000", "page=2&per_page=1000", "page=3&per_page=1000"])
    }
    @Test func `a page that cannot be had, or a walk without an end, is no list of projects`() async throws {
        for answers in [
            [page(0..<10), page(0..<1000), answer(503, "")], [page(0..<10)] + (0..<30).map { _ in page(0..<1000) },
        ] {
            let transport = ScriptedTransport(answers)
            await #expect(throws: CallFailure.self) {
                try await client(transport).projects(at: region().iam, key: prodKey, timeout: .seconds(5))
            }
            #expect(transport.sent.count <= 21)
        }
    }

    // MARK: - Account

    @Test(arguments: [
        (#"{"domains":[{"id":"d1","name":"me","enabled":true}],"links":{}}"#, "me (d1)"),
        (#"{"domains":[{"id":"d1"}]}"#, " (d1)"), (#"{"domains":[]}"#, nil),
    ])
    func `a key's account is the first that IAM names`(body: String, expected: String?) async throws {
        let transport = ScriptedTransport([answer(200, body)])
        let account = try await client(transport).account(at: region().iam, key: prodKey, timeout: .seconds(5))
        #expect(account.map { "\($0.name) (\($0.id))" } == expected)
        #expect(transport.sent.first?.request.url == "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/domains")
        #expect(transport.sent.first?.field("X-Project-Id") == nil)
    }
    @Test(arguments: ["", "{}", #"{"domains":[{"name":"me"}]}"#, #"{"domains":[{"id":"a b"}]}"#])
    func `what is no account is an error`(body: String) async throws {
        await #expect(throws: CallFailure.self) {
            try await client(ScriptedTransport([answer(200, body)])).account(
                at: region().iam, key: prodKey, timeout: .seconds(5))
        }
    }
}
