import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@testable import API

/// `GET /v1/summary`, `/v1/fields` and `/v1/fields/{field}/values`.
@Suite struct CountListingTests {
    private let time = ManualTime()

    private func fleet() -> Fleet {
        var fleet = Fleet()
        var bare = Release.sample("default", "bare", status: "FAILED")
        bare.chartName = nil
        bare.version = nil
        fleet.add(
            "a", rows: [.sample("default", "x"), .sample("shop", "y", chart: "redis"), bare], at: time,
            labels: ["env": "prod", "a/b c": "x>y"])
        fleet.add("b", rows: [.sample("shop", "z", status: "FAILED")], at: time, ago: .seconds(100), failure: .timeout)
        fleet.add("c", rows: nil, at: time, failure: .unauthorized)
        fleet.add("d", rows: [.sample("default", "w", chart: "Mage")], at: time, skip: .hibernated)
        return fleet
    }
    private func client() throws -> Client { try Client(FakeSource(fleet().snapshot()), time: time) }

    @Test func `a summary is what the description promises, to the letter`() async throws {
        let reply = try await client().get("/v1/summary?group_by=chart_name,status&coverage=none")
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"items":[{"chart_name":"Mage","status":"DEPLOYED","count":1},"#
                    + #"{"chart_name":"magento-mysql","status":"DEPLOYED","count":1},"#
                    + #"{"chart_name":"magento-mysql","status":"FAILED","count":1},"#
                    + #"{"chart_name":"redis","status":"DEPLOYED","count":1},"#
                    + #"{"chart_name":null,"status":"FAILED","count":1}],"next_page_token":null,"total_size":5,"#
                    + #""total_count":5,"complete":false,"snapshot":{"#))
        #expect(text.hasSuffix(#""missing":1,"skipped":1,"clusters":[]},"warnings":[]}"#))
        #expect(reply.field("Release-Coverage") == "targeted=4, fresh=1, stale=1, missing=1, skipped=1")
        #expect(!reply.waited)
    }

    @Test(arguments: [
        ("status", "", ["DEPLOYED 3", "FAILED 2"]), ("status", "&on_missing=omit", ["DEPLOYED 3", "FAILED 1"]),
        ("label.env", "", ["prod 3", "null 2"]), ("version", "&cluster=a", ["1 2", "null 1"]),
        ("chart_public", "", ["false 5"]), ("region", "&namespace=nowhere", []),
        ("cluster_name", "&status=FAILED", ["a 1", "b 1"]), ("name", "&cluster=b,d", ["w 1", "z 1"]),
    ])
    func `values are counted over the rows that the list with the same filters has`(
        field: String, query: String, expected: [String]
    ) async throws {
        let client = try client()
        let summary = await client.get("/v1/summary?group_by=\(field)\(query)").json
        let values = await client.get("/v1/fields/\(field)/values?page_size=500\(query)").json
        func text(_ value: JSONTree) -> String {
            value.text ?? value.number.map { "\($0)" } ?? value.flag.map { "\($0)" } ?? "null"
        }
        #expect(summary["items"].elements.map { "\(text($0[field])) \($0["count"].number ?? -1)" } == expected)
        #expect(values["items"].elements.map { "\(text($0["value"])) \($0["count"].number ?? -1)" } == expected)
        let list = await client.get("/releases?page_size=500\(query)").json
        for counted in [summary, values] {
            #expect(counted["total_count"] == list["total_size"])
            #expect(counted["total_size"].number == expected.count)
            for member in ["complete", "snapshot", "coverage"] { #expect(counted[member] == list[member]) }
        }
    }

    @Test func `what is asked of coverage decides as it does for the list`() async throws {
        let client = try client()
        for path in ["/v1/summary?group_by=status", "/v1/fields/status/values?page_size=5"] {
            #expect(await client.get("\(path)&require=all").code == "coverage_not_met")
            #expect(await client.get("\(path)&on_missing=fail").code == "coverage_not_met")
            #expect(await client.get("\(path)&cluster=c").code == "no_data")
            #expect(await client.get("\(path)&cluster=none").code == "cluster_not_found")
            #expect(await client.get("\(path)&max_age=1h").json["coverage"]["fresh"].number == 1)
        }
        #expect(client.source.seen.demands.count == 2)
    }

    @Test func `fresher rows are waited for`() async throws {
        var stale = Fleet()
        stale.add("a", rows: [.sample("default", "x")], at: time, ago: .seconds(100))
        let source = FakeSource(stale.snapshot())
        source.change { [time] state in
            state.afterRefresh = Fleet.fresh(["a"], at: time) { _ in
                [.sample("default", "x"), .sample("default", "y")]
            }.snapshot()
        }
        let reply = try await Client(source, time: time).get("/v1/summary?group_by=status&max_age=0")
        #expect(reply.waited)
        #expect(reply.json["total_count"].number == 2)
        #expect(source.seen.refreshes.count == 1)
    }

    @Test(arguments: ["/v1/summary?group_by=name", "/v1/fields/name/values?prefix=APP"])
    func `a walk counts one snapshot, and ends when it expires`(target: String) async throws {
        let rows = (0..<25).map { Release.sample("ns-\($0)", "app-\($0 % 7)") }
        let source = FakeSource(Fleet.fresh(["a"], at: time) { _ in rows }.snapshot())
        let client = try Client(source, time: time)
        let whole = await client.get(target)
        var page = await client.get("\(target)&page_size=3")
        var items = page.json["items"].elements
        let late = try #require(page.next)
        source.serve(Fleet.fresh(["a"], at: time) { _ in [] }.snapshot())
        while let next = page.next {
            page = await client.get(next)
            #expect(page.json["snapshot"]["id"] == whole.json["snapshot"]["id"])
            #expect(page.json["total_size"].number == 7)
            items += page.json["items"].elements
        }
        #expect(items == whole.json["items"].elements)
        #expect(items.count == 7)
        #expect(await client.get(late + "&status=FAILED").code == "page_token_mismatch")
        time.advance(by: .seconds(601))
        let expired = await client.get(late)
        #expect(expired.code == "page_token_expired")
        #expect(expired.json["resume_page_token"] == .nothing)
    }

    @Test func `a token of one list is not one of another`() async throws {
        let client = try client()
        let list = try #require(await client.get("/releases?page_size=1").nextToken)
        let summary = try #require(await client.get("/v1/summary?group_by=name&page_size=1").nextToken)
        #expect(await client.get("/v1/summary?group_by=name&page_token=\(list)").code == "page_token_mismatch")
        #expect(await client.get("/releases?page_token=\(summary)").code == "page_token_mismatch")
        #expect(await client.get("/v1/summary?group_by=status&page_token=\(summary)").code == "page_token_mismatch")
    }

    @Test func `a prefix is taken in any case, and a key of any letters in the path`() async throws {
        let client = try client()
        let json = await client.get("/v1/fields/chart_name/values?prefix=MAGE").json
        #expect(json["items"].elements.map { $0["value"].text } == ["magento-mysql", "Mage"])
        #expect(json["items"].elements.map { $0["count"].number } == [2, 1])
        #expect(json["total_count"].number == 3)
        let label = await client.get("/v1/fields/label.a%2Fb%20c/values?page_size=1")
        #expect(label.json["items"][0]["value"].text == "x>y")
        let second = await client.get(try #require(label.next))
        #expect(label.next?.hasPrefix("/v1/fields/label.a%2Fb%20c/values?") == true)
        #expect(second.json["items"][0]["value"] == .null)
    }

    @Test(arguments: [
        ("/v1/summary", "group_by", "group_by=chart_name,status"), ("/v1/summary?group_by=stat", "group_by", "status"),
        ("/v1/summary?group_by=status&order_by=name", "order_by", nil),
        ("/v1/summary?group_by=status&grup_by=x", "grup_by", "group_by"),
        ("/v1/fields/chartname/values", "field", "chart_name"), ("/v1/fields/update_at/values", "field", nil),
        ("/v1/fields/name/values?prefx=a", "prefx", "prefix"), ("/v1/fields?page_size=1", "page_size", nil),
        ("/v1/summary?group_by=status&namespce=x", "namespce", "namespace"),
    ])
    func `what is wrong is named with the nearest that is not`(
        target: String, parameter: String, hint: String?
    ) async throws {
        let reply = try await client().get(target)
        #expect(reply.code == "invalid_parameter")
        #expect(reply.json["errors"][0]["parameter"].text == parameter)
        if let hint { #expect(reply.json["errors"][0]["hint"].text == hint) }
    }

    @Test func `the list of fields is the parser's table`() async throws {
        let reply = try await client().get("/v1/fields")
        let items = reply.json["items"].elements
        #expect(items.map { $0["name"].text } == QueryField.all.map(\.name))
        for (item, field) in zip(items, QueryField.all) {
            #expect(item["sortable"].flag == (field.sort != nil))
            #expect(item["facet"].flag == field.isFacet)
            #expect(item["group"].flag == (field.counted != nil))
            #expect(item["parameters"].elements.map(\.text) == field.parameterNames)
        }
        let tag = try #require(reply.field("ETag"))
        #expect(try await client().get("/v1/fields", [("if-none-match", tag)]).status == 304)
    }

    @Test func `a tag changes when a count does, and not with time`() async throws {
        func tag(_ fleet: Fleet, _ target: String = "/v1/summary?group_by=status") async throws -> String {
            try #require(await Client(FakeSource(fleet.snapshot()), time: time).get(target).field("ETag"))
        }
        let base = try await tag(fleet())
        var changed = fleet()
        changed["a"].rows?[0].status = "FAILED"
        #expect(try await tag(changed) != base)
        changed = fleet()
        changed["a"].rows?[0].namespace = "elsewhere"
        #expect(try await tag(changed) == base)
        changed["a"].standing.lastSuccess = .init(sentAt: time.wall - .seconds(3), sentUptime: time.uptime)
        #expect(try await tag(changed) == base)
        changed["b"].standing.lastFailure?.reason = .network
        #expect(try await tag(changed) != base)
        #expect(try await tag(fleet(), "/v1/summary?group_by=region") != base)
        #expect(try await tag(fleet(), "/v1/fields/status/values") != base)
        let client = try client()
        #expect(await client.get("/v1/summary?group_by=status", [("if-none-match", base)]).status == 304)
    }

    @Test func `many rows are counted in a task`() async throws {
        var policy = APIPolicy()
        policy.rowsScannedAtOnce = 3
        let client = try Client(FakeSource(fleet().snapshot()), time: time, policy: policy)
        #expect(await client.get("/v1/summary?group_by=status").waited)
        #expect(await client.get("/v1/fields/status/values").waited)
        #expect(await client.get("/v1/summary?group_by=status&cluster=b").waited == false)
    }
}
