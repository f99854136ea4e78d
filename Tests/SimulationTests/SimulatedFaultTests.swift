import Foundation
import GatewayTestKit
import Inbound
import ReleaseModel
import Simulation
import Testing
import Timing

@Suite struct SimulatedFaultTests {
    private let time = ManualTime()
    private let fleet: SimulatedFleet
    private let cluster: SimulatedCluster
    private let other: SimulatedCluster
    private let call: SignedCall

    init() throws {
        fleet = SimulatedFleet(SimulationOptions(clusters: 2, releases: 8, valuesBytes: 300), time: time)
        cluster = try #require(fleet.allClusters.first)
        other = try #require(fleet.allClusters.last)
        call = SignedCall(fleet, time)
    }

    @Test(arguments: [
        (SimulatedFault.status(400), 400, "CCE.01400001"), (.status(401), 401, "APIGW.0301"),
        (.status(403), 403, "CCE.01403001"), (.status(404), 404, "CCE.01404001"), (.status(409), 409, "CCE.01409002"),
        (.throttledByGateway, 429, "limit:200,time:1 second"), (.throttledByService, 429, "CCE.02429001"),
        (.resourceLocked, 429, "CCE.01429002"), (.status(500), 500, "CCE.01500001"), (.status(502), 502, "APIGW.0201"),
        (.status(503), 503, "APIGW.0613"), (.status(504), 504, "Backend timeout"),
        (.status(502, .html), 502, "<html>"), (.html200, 200, "<html>"), (.redirect, 302, ""), (.noContent, 204, ""),
        (.object, 200, #"{"items":[{"#), (.nestedArray, 200, #"[[{"#), (.wrongThings, 200, #"[1,"two",null"#),
        (.deepNesting, 200, "[[[[[[[["), (.duplicateKeys, 200, #"[{"name":"twice","namespace":"default","name":"#),
    ])
    func `a fault shapes the answers of its cluster alone`(fault: SimulatedFault, status: Int, text: String)
        async throws
    {
        fleet.setFault(fault, on: cluster.id)
        let response = try await call.list(cluster)
        #expect(response.status == status)
        #expect(text.isEmpty ? response.bytes.isEmpty : response.text.contains(text))
        let sound = try await call.list(other)
        #expect(sound.status == 200)
        fleet.clearFaults()
        #expect(try await call.list(cluster).text.hasPrefix(#"[{"chart_name""#))
    }

    @Test(arguments: [(SimulatedFault.empty200, 200), (.status(503, .empty), 503)])
    func `an empty answer has no body`(fault: SimulatedFault, status: Int) async throws {
        fleet.setFault(fault, on: cluster.id)
        let response = try await call.list(cluster)
        #expect(response.status == status)
        #expect(response.bytes.isEmpty)
    }

    @Test func `a byte that is no UTF-8 stands in an otherwise right list`() async throws {
        fleet.setFault(.invalidUTF8, on: cluster.id)
        let bytes = try await call.list(cluster).bytes
        #expect(String(validating: bytes, as: UTF8.self) == nil)
        #expect(bytes.contains(0xC3))
    }

    @Test func `a fault for some calls ends after them, and the fleet's is for clusters without one`() async throws {
        fleet.setFault(.status(500), on: cluster.id, forCalls: 2)
        fleet.setFault(.status(503), on: .everyCluster)
        let statuses = try await [call.list(cluster), call.list(cluster), call.list(cluster), call.list(other)].map(
            \.status)
        #expect(statuses == [500, 500, 503, 503])
        fleet.clearFaults(on: .everyCluster)
        #expect(try await call.list(cluster).status == 200)
    }

    @Test func `cluster lists and project lookups have faults of their own`() async throws {
        fleet.setFault(.status(500), on: .clusterList)
        fleet.setFault(.status(503), on: .projects)
        #expect(try await call.get("/api/v3/projects/\(fleet.projectID)/clusters").status == 500)
        #expect(try await call.get("/v3/projects").status == 503)
        #expect(try await call.list(cluster).status == 200)
        #expect(fleet.calls.clusterLists == 1)
        #expect(fleet.calls.projectLookups == 1)
    }

    @Test func `a skewed clock shows in the date and refuses our signatures`() async throws {
        fleet.setFault(.clockSkew(.seconds(600)), on: cluster.id)
        let response = try await call.list(cluster)
        #expect(response.status == 200)
        let date = try #require(response.field("Date"))
        #expect(Instant(httpDate: date, now: time.wall) == time.wall + .seconds(600))
        fleet.setFault(.clockSkew(.seconds(-1000)), on: cluster.id)
        #expect(try await call.list(cluster).status == 401)
        #expect(fleet.calls.badSignatures == ["clock off": 1])
    }

    @Test func `a hung call waits until its peer goes`() async throws {
        fleet.setFault(.hang, on: cluster.id)
        await withTaskGroup(of: Void.self) { [call, cluster] group in
            group.addTask { _ = try? await call.list(cluster) }
            while time.sleeping < 1 { await Task.yield() }
            time.advance(by: .seconds(600))
            #expect(time.sleeping == 1)
            #expect(fleet.calls.inFlight == 1)
            group.cancelAll()
        }
        #expect(fleet.calls.inFlight == 0)
    }

    private func stream(_ fault: SimulatedFault) async throws -> any BodyStream {
        fleet.setFault(fault, on: cluster.id)
        let response = try await call.list(cluster)
        fleet.clearFaults()
        guard case .stream(let stream) = response.body else { throw CancellationError() }
        return stream
    }
    private func read(_ stream: any BodyStream) -> (bytes: [UInt8], last: BodyChunk) {
        var bytes: [UInt8] = []
        while true {
            let chunk = stream.next(atMost: 1000)
            guard case .bytes(let more) = chunk else { return (bytes, chunk) }
            bytes += more
        }
    }

    @Test func `a truncated body is the first half, then the end of the connection`() async throws {
        let (bytes, last) = read(try await stream(.truncate))
        let whole = try await call.list(cluster).bytes
        #expect(bytes == Array(whole.prefix(whole.count / 2)))
        guard case .abort = last else {
            Issue.record("ended with \(last)")
            return
        }
    }
    @Test func `a body that hangs stops after its first half`() async throws {
        let stream = try await stream(.hangMidBody)
        let (bytes, last) = read(stream)
        #expect(try await bytes.count == call.list(cluster).bytes.count / 2)
        guard case .later(let until) = last else {
            Issue.record("ended with \(last)")
            return
        }
        #expect(until - time.uptime > .seconds(600))
    }
    @Test func `a dripping body comes one byte at a time, and whole in the end`() async throws {
        let stream = try await stream(.drip)
        var bytes: [UInt8] = []
        drip: while true {
            switch stream.next(atMost: 1000) {
            case .bytes(let more):
                #expect(more.count == 1)
                bytes += more
            case .later(let until): time.advance(by: until - time.uptime)
            case .end: break drip
            case .abort, .waiting:
                Issue.record("not a step of a drip")
                break drip
            }
        }
        #expect(try await bytes == call.list(cluster).bytes)
    }
    @Test(arguments: [0, 1000, 100_000])
    func `a huge body is a right list of at least that size`(byteCount: Int) async throws {
        let (bytes, last) = read(try await stream(.hugeBody(byteCount: byteCount)))
        guard case .end = last else {
            Issue.record("ended with \(last)")
            return
        }
        #expect((byteCount...byteCount + 10_000).contains(bytes.count))
        let rows = try JSONSerialization.jsonObject(with: Data(bytes)) as? [Any]
        #expect(rows?.isEmpty == (byteCount == 0))
    }
}
