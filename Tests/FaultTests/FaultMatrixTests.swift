import Gateway
import GatewayTestKit
import JSON
import ReleaseModel
import Testing

/// Every fault at once, each on a cluster of its own: what is told of it, how often it was called, what of its rows
/// stays, and that the good clusters are none the worse.
@Suite(.timeLimit(.minutes(3))) struct FaultMatrixTests {
    @Test(arguments: [false, true])
    func `whatever fails is named, keeps its rows, is called as often as its kind allows, and leaves nothing`(
        isWarm: Bool
    ) async throws {
        let trap = try RawPeer(answering: Fault.rows)
        let bomb = try gzip([UInt8](repeating: UInt8(ascii: " "), count: 64 << 20))
        // Nothing here is to end by a limit of time, whatever else the machine does.
        try await run(
            Fault.fast(redirectsTo: trap.origin, bomb: bomb), isWarm: isWarm, timeout: "20s")
        #expect(trap.record.connections == 0, "a redirect is not followed")
        trap.stop()
    }

    @Test(arguments: [false, true])
    func `whatever hangs ends by the limit of time, and holds up nobody`(isWarm: Bool) async throws {
        try await run(Fault.slow, isWarm: isWarm, timeout: "1500ms")
    }

    @Test func `what goes on failing opens its circuit where its kind says so, and what answers does not`() async throws
    {
        let trap = try RawPeer(answering: Fault.rows)
        let bomb = try gzip([UInt8](repeating: UInt8(ascii: " "), count: 64 << 20))
        let faults = Fault.fast(redirectsTo: trap.origin, bomb: bomb)
        let cloud = try FaultyCloud(faults, isBad: true)
        try await RunningGateway.with(cloud.settings(timeout: "20s"), environment: FaultyCloud.environment) { running in
            try await running.ready()
            let opening = Set(faults.indices.filter { faults[$0].opensCircuit == true }.map(FaultyCloud.id))
            let closed = Set(faults.indices.filter { faults[$0].opensCircuit == false }.map(FaultyCloud.id))
            #expect(opening.count > 20 && closed.count > 20)
            func open() async throws -> Set<String> {
                let clusters = try await running.getJSON("/v1/clusters?page_size=500")["items"]?.array ?? []
                let ids = clusters.compactMap {
                    $0["circuit"]?["state"]?.string == nil ? nil : $0["cluster_id"]?.string
                }
                return Set(ids)
            }
            // Each turn is one more call to each cluster that may be called: five failures open.
            _ = try await eventually {
                _ = try await running.getJSON("/releases?page_size=1&max_age=0&wait=5s")
                return try await open().isSuperset(of: opening) ? true : nil
            }
            let found = try await open()
            #expect(found.isDisjoint(with: closed), "\(found.intersection(closed))")
            #expect(found.allSatisfy { !$0.hasPrefix("good-") })
            try await running.atRest()
        }
        cloud.stop()
        trap.stop()
    }

    // MARK: -

    private func run(_ table: [Fault], isWarm: Bool, timeout: String) async throws {
        let faults = isWarm ? table.filter(\.canAnswerFirst) : table
        let cloud = try FaultyCloud(faults, isBad: !isWarm)
        let environment = FaultyCloud.environment
        let before = openDescriptors()
        try await RunningGateway.with(cloud.settings(timeout: timeout), environment: environment) { running in
            try await running.ready()
            var calls = faults.indices.map { cloud.calls(to: $0, by: running) }
            var page: JSONValue
            if isWarm {
                #expect(calls.allSatisfy { $0 == 1 })
                cloud.turnBad()
                page = try await running.getJSON("/releases?page_size=500&coverage=all&max_age=0&wait=28s")
                calls = faults.indices.map { cloud.calls(to: $0, by: running) - calls[$0] }
            } else {
                page = try await running.getJSON("/releases?page_size=500&coverage=all")
            }
            for index in 0..<FaultyCloud.goodClusters {
                let seen = Seen(page, "good-\(index)")
                #expect(seen.state == "fresh" && seen.names == Fault.names, "good-\(index): \(seen)")
            }
            for (index, fault) in faults.enumerated() {
                let seen = Seen(page, FaultyCloud.id(index))
                #expect(seen == Seen(expecting: fault.outcome, isWarm: isWarm), "\(fault.name)")
                #expect(calls[index] == (fault.isRetried ? 2 : 1), "calls of: \(fault.name)")
            }
            try await running.atRest()
        }
        _ = try await eventually { openDescriptors() <= before ? true : nil }
        cloud.stop()
    }
}

extension Fault {
    /// Nil where the reason does not tell: an answer that is JSON shows that the API is there, another one does not.
    fileprivate var opensCircuit: Bool? {
        guard case .fails(let reason) = outcome else { return false }
        switch reason {
        case .network, .tls, .timeout, .upstream5xx, .tooLarge: return true
        case .invalidResponse: return nil
        default: return false
        }
    }

    /// Whoever plays it can also be a good cluster before.
    fileprivate var canAnswerFirst: Bool {
        switch place {
        case .peer, .refusing: true
        case .unreachable, .unresolvable, .unanswered, .certificate, .plain: false
        }
    }
}

/// What a page says of one cluster.
private struct Seen: Equatable, CustomStringConvertible {
    var state: String?
    var reason: String?
    var dropped = 0
    var repaired = 0
    var names: [String] = []
    var isMarkedStale = false

    init(_ page: JSONValue, _ id: String) {
        let entry = page["coverage"]?["clusters"]?.array?.first { $0["cluster_id"]?.string == id }
        state = entry?["state"]?.string
        reason = entry?["reason"]?.string
        dropped = Int(entry?["dropped"]?.integer ?? 0)
        repaired = Int(entry?["repaired"]?.integer ?? 0)
        let rows = page["items"]?.array?.filter { $0["cluster_id"]?.string == id } ?? []
        names = rows.compactMap { $0["name"]?.string }
        isMarkedStale = rows.contains { $0["stale"]?.boolean == true }
    }
    init(expecting outcome: Fault.Outcome, isWarm: Bool) {
        switch outcome {
        case .fails(let reason):
            (state, self.reason) = (isWarm ? "stale" : "missing", reason.rawValue)
            (names, isMarkedStale) = (isWarm ? Fault.names : [], isWarm)
        case .reads(let rows, let dropped, let repaired):
            (state, names, self.dropped, self.repaired) = ("fresh", rows, dropped, repaired)
            reason = dropped > 0 ? Reason.invalidResponse.rawValue : nil
        }
    }
    var description: String {
        "\(state ?? "-") \(reason ?? "-") dropped \(dropped) repaired \(repaired) \(names)\(isMarkedStale ? " stale" : "")"
    }
}
