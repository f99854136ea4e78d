import CCE
import GatewayTestKit
import Locking
import Outbound
import ReleaseModel
import Settings
import Signing
import Telemetry
import Testing
import Timing

/// How long each fault holds up its call, by a clock that moves when the test says so.
@Suite(.timeLimit(.minutes(2))) struct LatencyTests {
    /// Longer than anything here takes in real time, by which libcurl has the same limit.
    private static let limit = Duration.seconds(60)

    @Test func `what hangs ends at the limit of time and not before`() async throws {
        let bed = try Bed(Fault.slow)
        let faults = bed.cloud.faults
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in faults.indices { group.addTask { await bed.call(index, timeout: Self.limit) } }
            _ = try await eventually {
                bed.time.sleeping == faults.count && bed.cloud.isAskedEverywhere ? true : nil
            }
            bed.time.advance(by: Self.limit - .milliseconds(1))
            // Whatever the transport would end now it has ended when a call begun later is over.
            #expect(await bed.ask(bed.cloud.goodOrigin, timeout: Self.limit, nil) == .rows(Fault.names))
            #expect(bed.ended.isEmpty)
            #expect(bed.transport.counts.inFlight == faults.count)
            bed.time.advance(by: .milliseconds(1))
            try await group.waitForAll()
        }
        for (index, fault) in faults.enumerated() {
            #expect(bed.ended[index] == Bed.Ending(fault.outcome), "\(fault.name)")
            let calls = bed.calls(index)
            #expect(calls.all == 1 && calls.within("60") == 1 && calls.within("30") == 0, "\(fault.name)")
        }
        try await bed.stop()
    }

    @Test func `whatever else fails ends without the limit of time`() async throws {
        let trap = try RawPeer(answering: Fault.rows)
        let bomb = try gzip([UInt8](repeating: UInt8(ascii: " "), count: 64 << 20))
        let bed = try Bed(Fault.fast(redirectsTo: trap.origin, bomb: bomb))
        let faults = bed.cloud.faults
        await withTaskGroup(of: Void.self) { group in
            for index in faults.indices { group.addTask { await bed.call(index, timeout: Self.limit) } }
        }
        for (index, fault) in faults.enumerated() {
            #expect(bed.ended[index] == Bed.Ending(fault.outcome), "\(fault.name)")
            let calls = bed.calls(index)
            #expect(calls.all == 1 && calls.within("0.001") == 1, "\(fault.name)")
        }
        #expect(bed.time.sleeping == 0, "no alarm is left")
        try await bed.stop()
        trap.stop()
    }
}

/// One call to each fault, each counted by itself.
private final class Bed: Sendable {
    enum Ending: Equatable, Sendable {
        case fails(Reason)
        case rows([String])
        init(_ outcome: Fault.Outcome) {
            switch outcome {
            case .fails(let reason): self = .fails(reason)
            case .reads(let rows, _, _): self = .rows(rows)
            }
        }
    }
    private struct Keys: CredentialProvider {
        let key = Credential(
            accessKey: "AKEXAMPLEMATRIX", secretKey: Secret(Array("not a secret key of anybody".utf8)))
        func credential(named name: String) -> Credential? { key }
    }

    let cloud: FaultyCloud
    let time = ManualTime()
    let transport: CurlTransport
    private let registries: [MetricRegistry]
    private let endings = Lock<[Int: Ending]>([:])
    var ended: [Int: Ending] { endings.withLock { $0 } }

    init(_ faults: [Fault]) throws {
        cloud = try FaultyCloud(faults, isBad: true)
        var config = UpstreamConfig()
        config.plainOrigins = Set(faults.indices.compactMap { [cloud] in Origin(of: cloud.origin(of: $0)) })
        config.plainOrigins.formUnion([Origin(of: cloud.goodOrigin)].compactMap(\.self))
        config.caFile = cloud.authority
        config.connectTimeout = .seconds(60)
        config.maxResponseBytes = 1 << 20
        transport = try CurlTransport(config, time: time)
        registries = faults.map { _ in MetricRegistry(UpstreamMetrics.families) }
    }

    func call(_ index: Int, timeout: Duration) async {
        let metrics = UpstreamMetrics(registries[index])
        let ending = await ask(cloud.origin(of: index), timeout: timeout, metrics)
        endings.withLock { $0[index] = ending }
    }
    func ask(_ origin: String, timeout: Duration, _ metrics: UpstreamMetrics?) async -> Ending? {
        let keys = Keys()
        let client = CCEClient(
            transport: transport, credentials: keys, time: time, values: .redact, version: "1", metrics: metrics)
        guard let id = ClusterID("c-1") else { return nil }
        let cluster = Cluster(id: id, name: "c", region: "r", projectID: "p", kind: .cce, credential: "k")
        let target = CallTarget(
            cluster: cluster, endpoint: origin, key: AdmittedKey(name: "k", credential: keys.key))
        do throws(CallFailure) {
            let listed = try await client.listReleases(
                of: target, chartID: nil, timeout: timeout, unlessHashed: nil
            ).read { nil }
            guard case .part(let part) = listed.content else { return nil }
            return .rows(part.rows.map(\.name))
        } catch {
            return .fails(error.reason)
        }
    }

    /// The observations of `release_gateway_upstream_call_duration_seconds`: of all calls, and of those that took at
    /// most so many seconds.
    func calls(_ index: Int) -> (all: Double, within: (String) -> Double?) {
        let readings = registries[index].readings
        let name = "release_gateway_upstream_call_duration_seconds"
        let families = UpstreamMetrics.families.filter { $0.name == name }
        let page = String(decoding: MetricFormat.prometheus.page(families, readings), as: UTF8.self)
        return (
            families.map { readings.total($0) }.reduce(0, +),
            { bound in
                let row = page.split(separator: "\n").first { $0.contains(#",le="\#(bound)"} "#) }
                return row?.split(separator: " ").last.flatMap { Double($0) }
            }
        )
    }

    func stop() async throws {
        _ = try await eventually { [transport] in
            let counts = transport.counts
            return counts.queued + counts.inFlight + counts.transfers + counts.bytesHeld == 0 ? true : nil
        }
        await transport.shutdown()
        cloud.stop()
    }
}
