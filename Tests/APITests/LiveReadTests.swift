import GatewayTestKit
import ReleaseModel
import Testing
import Timing

@testable import API

/// While memory is short clusters are not asked for readers; what is held is answered as ever.
@Suite struct LiveReadTests {
    private let time = ManualTime()
    private func client() throws -> Client {
        var fleet = Fleet()
        fleet.add("a", rows: [.sample("default", "app")], at: time, ago: .seconds(200))
        let client = try Client(FakeSource(fleet.snapshot()), time: time)
        client.source.change { $0.takesLiveReads = false }
        return client
    }

    @Test(arguments: [
        "/releases?max_age=0", "/releases?max_age=5s&wait=1s", "/releases?chart_id=x",
        "/v1/releases/c-a/default/app?max_age=0", "/v1/summary?group_by=status&max_age=0&wait=1s",
    ])
    func `live reads are refused at once, with when to come again`(target: String) async throws {
        let client = try client()
        let reply = await client.get(target)
        #expect(reply.status == 503)
        #expect(reply.code == "overloaded")
        #expect(reply.field("Retry-After") == "5")
        #expect(client.source.seen.refreshes.isEmpty)
    }
    @Test(arguments: ["/releases", "/v1/releases/c-a/default/app", "/v1/clusters", "/v1/summary?group_by=status"])
    func `what is held is answered`(target: String) async throws {
        let client = try client()
        #expect(await client.get(target).status == 200)
    }
}
