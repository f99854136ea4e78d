import Cryptography
import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@testable import API

/// What a caller with a scope is told equals what is told by a gateway that holds nothing else.
@Suite struct ScopeTests {
    private let time = ManualTime()

    /// Each rule with how the fleet would look to somebody who knows of nothing else.
    private static let rules: [Scope.Rule] = [
        rule(names: ["*"]), rule(names: ["a*"]), rule(ids: ["c-b"]), rule(labels: ["env": "pr*"]),
        rule(names: ["*"], namespaces: ["shop", "shop-*"]), rule(names: ["*"], charts: ["redis"]),
        rule(labels: ["env": "prod"], namespaces: ["shop"], charts: ["re*"]), rule(names: ["nothing"]),
        rule(names: ["*"], namespaces: ["nothing"]),
    ]
    private static func rule(
        ids: [String] = [], names: [String] = [], labels: [String: String] = [:], namespaces: [String] = ["*"],
        charts: [String] = ["*"], verbs: Set<Scope.Verb> = Set(Scope.Verb.allCases)
    ) -> Scope.Rule {
        Scope.Rule(
            name: "rule", clusterIDs: ids, clusterNames: names, labels: labels, namespaces: namespaces, charts: charts,
            verbs: verbs)
    }

    private func auth(_ rules: [Scope.Rule], key: String = "FAKE-KEY") -> AuthConfig {
        var auth = AuthConfig()
        auth.apiKeys = [
            APIKeyConfig(name: "team", digest: sha256(key.utf8), groups: ["teams"]),
            APIKeyConfig(name: "other", digest: sha256("FAKE-OTHER".utf8)),
        ]
        auth.policies = rules.map { PolicyConfig(callers: [], groups: ["teams"], rule: $0) }
        return auth
    }
    private func rows(_ name: String) -> [Release] {
        ["default", "shop", "shop-eu"].flatMap { namespace in
            ["redis", "nginx", "relay"].map {
                .sample(
                    namespace, "\($0)-\(name)", chart: $0, heavy: HeavyFields(values: .held(compressed: [])))
            }
        } + [Release(namespace: "shop", name: "bare-\(name)")]
    }
    private func fleet(_ names: [String] = ["a1", "a2", "b", "x"], broken: Bool = true) -> Fleet {
        var fleet = Fleet()
        for name in names {
            fleet.add(name, rows: rows(name), at: time, labels: ["env": name.hasPrefix("a") ? "prod" : "test"])
        }
        if broken { fleet.add("y", rows: nil, at: time, failure: .timeout, labels: ["env": "prod"]) }
        return fleet
    }
    /// The fleet without what the rules leave out, by plain means.
    private func reduced(_ fleet: Fleet, by rules: [Scope.Rule]) -> Fleet {
        func matches(_ patterns: [String], _ text: String?) -> Bool {
            patterns.contains { pattern in
                if pattern == "*" { return true }
                guard let text else { return false }
                return pattern.hasSuffix("*") ? text.hasPrefix(pattern.dropLast()) : pattern == text
            }
        }
        func covers(_ rule: Scope.Rule, _ cluster: Cluster) -> Bool {
            (rule.clusterIDs.isEmpty || matches(rule.clusterIDs, cluster.id.text))
                && (rule.clusterNames.isEmpty || matches(rule.clusterNames, cluster.name))
                && rule.labels.allSatisfy { matches([$0.value], cluster.labels[$0.key]) }
        }
        var fleet = fleet
        fleet.members = fleet.members.compactMap { member in
            let rules = rules.filter { covers($0, member.cluster) }
            if rules.isEmpty { return nil }
            var member = member
            member.rows = member.rows?.filter { row in
                rules.contains { matches($0.namespaces, row.namespace) && matches($0.charts, row.chartName) }
            }
            return member
        }
        return fleet
    }

    private static let targets = [
        "/releases", "/releases?page_size=3&coverage=all", "/releases?namespace=shop&facets=chart_name,cluster_id",
        "/releases?filter=NOT%20namespace=shop", "/releases?q=redis&order_by=chart_name%20desc",
        "/releases?cluster=x", "/releases?cluster=a1,x", "/releases?cluster_id=c-none", "/releases?require=all",
        "/releases?view=full", "/releases?format=csv", "/releases?format=ndjson", "/releases?explain=true",
        "/releases?max_age=1h&on_missing=omit", "/v1/clusters", "/v1/clusters?page_size=1&state=missing",
        "/v1/clusters/c-a1", "/v1/clusters/c-b", "/v1/clusters/c-x", "/v1/clusters/c-none",
        "/v1/summary?group_by=namespace,chart_name", "/v1/summary?group_by=cluster_name&namespace=default",
        "/v1/fields/name/values?prefix=re", "/v1/fields/namespace/values", "/v1/fields/label.env/values",
        "/v1/releases/c-a1/shop/redis-a1", "/v1/releases/c-a1/default/nginx-a1", "/v1/releases/c-b/shop/relay-b",
        "/v1/releases/c-b/shop/none", "/v1/releases/c-none/shop/none", "/v1/releases/c-y/shop/none",
        "/v1/releases/c-x/shop-eu/redis-x?view=full",
    ]

    /// What is told, without what is random or names the caller's rights (tokens, tags, names of requests and snapshots).
    private func told(_ reply: Reply) -> String {
        func text(_ tree: JSONTree) -> String {
            switch tree {
            case .object(let members):
                let shown = members.filter { !["instance", "next_page_token", "id"].contains($0.key) }
                return "{\(shown.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" })}"
            case .array(let elements): return "\(elements.map(text))"
            default: return "\(tree)"
            }
        }
        let body =
            switch reply.json {
            case .nothing: reply.lines.allSatisfy { $0 != .nothing } ? "\(reply.lines.map(text))" : "\(reply.body)"
            default: text(reply.json)
            }
        return "\(reply.status) \(reply.field("Release-Coverage") ?? "") \(reply.next != nil) \(body)"
    }

    @Test(arguments: rules.indices)
    func `a scope tells what a fleet of nothing else would`(index: Int) async throws {
        let rules = [Self.rules[index], Self.rules[(index * 4 + 2) % Self.rules.count]]
        for rules in [[rules[0]], rules] {
            let whole = fleet()
            let scoped = try Client(FakeSource(whole.snapshot()), time: time, auth: auth(rules), key: "FAKE-KEY")
            var all = AuthConfig()
            all.apiKeys = auth(rules).apiKeys
            let plain = try Client(
                FakeSource(reduced(whole, by: rules).snapshot()), time: time, auth: all, key: "FAKE-KEY")
            for target in Self.targets {
                #expect(told(await scoped.get(target)) == told(await plain.get(target)), "\(target)")
            }
        }
    }

    @Test(arguments: rules.indices)
    func `nothing outside of a scope changes a byte of what it is told, tags and snapshot included`(
        index: Int
    ) async throws {
        let rule = Self.rules[index]
        func replies(_ fleet: Fleet) async throws -> [String] {
            let client = try Client(FakeSource(fleet.snapshot()), time: time, auth: auth([rule]), key: "FAKE-KEY")
            var replies: [String] = []
            for target in Self.targets {
                let reply = await client.get(target)
                replies.append(
                    "\(told(reply)) \(reply.field("ETag") ?? "") \(reply.json["snapshot"]["id"].text ?? "")")
            }
            return replies
        }
        let whole = fleet()
        let before = try await replies(reduced(whole, by: [rule]))
        var other = whole
        for index in other.members.indices where other.members[index].rows != nil {
            other.members[index].rows?.append(.sample("hidden", "more-\(index)", chart: "hidden"))
        }
        let after = try await replies(whole)
        #expect(before == after)
        if rule.namespaces != ["*"] || rule.charts != ["*"] { #expect(try await replies(other) == after) }
    }

    @Test func `a walk over pages meets each row of the scope once, while what is outside changes`() async throws {
        let rule = Self.rules[4]
        let source = FakeSource(fleet().snapshot())
        let client = try Client(source, time: time, auth: auth([rule]), key: "FAKE-KEY")
        var met: [String] = []
        var target: String? = "/releases?page_size=4"
        var pages = 0
        while let next = target {
            let reply = await client.get(next)
            #expect(reply.status == 200)
            met += reply.identities
            target = reply.next
            pages += 1
            var other = fleet()
            other["x"].rows?.append(.sample("default", "more-\(pages)"))
            source.serve(other.snapshot())
        }
        let expected = reduced(fleet(), by: [rule]).members.flatMap { member in
            (member.rows ?? []).map { "\(member.cluster.id.text)/\($0.namespace)/\($0.name)" }
        }
        #expect(met.count == expected.count)
        #expect(Set(met) == Set(expected))
    }

    @Test func `a token is good for nobody with other rights`() async throws {
        let source = FakeSource(fleet().snapshot())
        let scoped = try Client(
            source, time: time, auth: auth([Self.rules[0]]), tokenKey: "FAKE-TOKEN-KEY-0123456789", key: "FAKE-KEY")
        let narrower = try Client(
            source, time: time, auth: auth([Self.rules[1]]), tokenKey: "FAKE-TOKEN-KEY-0123456789", key: "FAKE-KEY")
        let next = try #require(await scoped.get("/releases?page_size=2").next)
        #expect(await scoped.get(next).status == 200)
        #expect(await narrower.get(next).code == "page_token_mismatch")
    }

    // MARK: - Verbs

    @Test(arguments: [
        ("/releases?max_age=0", "live"), ("/releases?wait=1s", "live"),
        ("/releases?chart_id=0f0f0f0f-0000-0000-0000-000000000000", "live"), ("/releases?format=csv", "export"),
        ("/v1/releases/c-a1/shop/redis-a1?max_age=0", "live"),
    ])
    func `what no policy of the caller's gives is forbidden, and named`(target: String, verb: String) async throws {
        let source = FakeSource(fleet().snapshot())
        let rules = [Self.rule(names: ["*"], verbs: [.list])]
        let bare = try Client(source, time: time, auth: auth(rules), key: "FAKE-KEY")
        let reply = await bare.get(target)
        #expect(reply.code == "forbidden")
        #expect(reply.json["detail"].text?.hasSuffix("the verb \(verb)") == true)
        #expect(source.seen.refreshes.isEmpty && source.seen.demands.isEmpty)
    }

    @Test func `only clusters with the verb live are asked`() async throws {
        let source = FakeSource(fleet().snapshot())
        let rules = [Self.rule(names: ["*"], verbs: [.list]), Self.rule(names: ["y"], verbs: [.list, .live])]
        var other = fleet()
        other.add("z", rows: nil, at: time, failure: .timeout)
        source.serve(other.snapshot())
        let client = try Client(source, time: time, auth: auth(rules), key: "FAKE-KEY")
        #expect(await client.get("/releases?max_age=0").status == 200)
        #expect(source.seen.refreshes.map(\.clusters) == [[id("y")]])
    }

    @Test func `heavy fields are withheld, and not asked for live, without the verb values`() async throws {
        let source = FakeSource(fleet().snapshot())
        let rules = [
            Self.rule(names: ["*"], verbs: [.list, .live]),
            Self.rule(names: ["*"], namespaces: ["shop"], verbs: [.list, .values]),
        ]
        let client = try Client(source, time: time, auth: auth(rules), key: "FAKE-KEY")
        let page = await client.get("/releases?view=full&page_size=500").json["items"].elements
        #expect(page.count == 40)
        for row in page where row["name"].text?.hasPrefix("bare") == false {
            let isShown = row["namespace"].text == "shop"
            #expect(row["withheld"].elements.isEmpty == isShown)
            #expect((row["values"] == .null) == !isShown)
        }
        let single = await client.get("/v1/releases/c-a1/default/nginx-a1?view=full")
        #expect(single.json["withheld"].elements == [.text("values")])
        #expect(source.seen.liveRequests == 0)
    }

    @Test func `what the cloud said is shown for clusters with the verb operate alone`() async throws {
        var fleet = fleet()
        fleet.add("z", rows: nil, at: time, failure: .timeout)
        let rules = [Self.rule(names: ["*"], verbs: [.list]), Self.rule(names: ["y"], verbs: [.list, .operate])]
        let client = try Client(FakeSource(fleet.snapshot()), time: time, auth: auth(rules), key: "FAKE-KEY")
        #expect(await client.get("/v1/clusters/c-y").json["last_error"]["detail"].text == "said by the cloud")
        #expect(await client.get("/v1/clusters/c-z").json["last_error"]["detail"] == .nothing)
    }

    @Test func `a live answer from outside of the scope is none`() async throws {
        var fleet = fleet()
        fleet["a1"].dropped = 1
        let source = FakeSource(fleet.snapshot())
        let client = try Client(source, time: time, auth: auth([Self.rules[4]]), key: "FAKE-KEY")
        source.change { $0.live = .found(.sample("default", "unread")) }
        let outside = await client.get("/v1/releases/c-a1/default/unread")
        source.change { $0.live = .notFound }
        let absent = await client.get("/v1/releases/c-a1/default/unread")
        #expect(outside.status == 404)
        #expect(told(outside) == told(absent))
        #expect(source.seen.liveRequests == 2)
    }

    // MARK: - Callers

    @Test func `a caller whom no policy names sees nothing but that`() async throws {
        let client = try Client(
            FakeSource(fleet().snapshot()), time: time, auth: auth([Self.rules[0]]), key: "FAKE-OTHER")
        for target in Self.targets { #expect(await client.get(target).code == "forbidden", "\(target)") }
        let access = await client.get("/v1/access").json
        #expect(access["caller"].text == "other")
        #expect(access["restricted"].flag == true)
        #expect(access["policies"] == .array([]))
    }

    @Test func `a caller is told who it is and what it may see`() async throws {
        let client = try Client(
            FakeSource(nil), time: time, auth: auth([Self.rule(labels: ["env": "prod"], verbs: [.list, .export])]),
            key: "FAKE-KEY")
        let access = await client.get("/v1/access").json
        #expect(access["caller"].text == "team")
        #expect(access["groups"] == .array([.text("teams")]))
        #expect(access["policies"][0]["clusters"]["labels"]["env"].text == "prod")
        #expect(access["policies"][0]["verbs"] == .array([.text("list"), .text("export")]))
        #expect(try await Client(FakeSource(nil), time: time).get("/v1/access").json["restricted"].flag == false)
    }

    @Test func `equal rights share pages, whatever the rules are called`() {
        var renamed = Self.rules[4]
        renamed.name = "another"
        #expect(
            Caller(of: Scope(rules: [Self.rules[4], Self.rules[5]]))
                == Caller(of: Scope(rules: [Self.rules[5], renamed])))
        #expect(Set(Self.rules.map { Caller(of: Scope(rules: [$0])) }).count == Self.rules.count)
    }
}
