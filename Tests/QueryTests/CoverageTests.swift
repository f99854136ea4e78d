import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

/// How a cluster stands at uptime 1000 s, of a reader who came at 990 s and tolerates 60 s.
struct CoverageCase: Sendable {
    var rows = true
    /// When the call that brought the rows was sent; nil: none did.
    var sent: Int64?
    var failure: Reason?
    var isPending = false
    var skip: Reason?
    var dropped = 0

    func entry(_ id: ClusterID) -> ClusterEntry {
        let part = ClusterPart(rows: [], rowHashes: [], contentHash: .zero, dropped: dropped, repaired: 2)
        return ClusterEntry(
            cluster: Cluster(id: id, name: "n", region: "r", credential: "x", skip: skip), part: rows ? part : nil,
            standing: Standing(
                lastSuccess: sent.map { .init(sentAt: Instant(seconds: $0), sentUptime: .seconds($0)) },
                lastFailure: failure.map {
                    .init(
                        reason: $0, at: Instant(seconds: 995), atUptime: .seconds(995), upstreamRequestID: "u",
                        detail: "")
                }, isPending: isPending, retryAt: Instant(seconds: 2000)), contentHash: .zero)
    }
}

@Suite struct CoverageTests {
    private let rule = FreshnessRule(maxAge: .seconds(60), askedAt: .seconds(990))

    private func coverage(_ cases: [CoverageCase], onMissing: ListRequest.OnMissing = .stale) throws -> Coverage {
        let entries = try cases.enumerated().map { index, each in
            try each.entry(#require(ClusterID("c\(index)")))
        }
        return Coverage(
            of: Snapshot(entries: entries, id: .zero), entries: Array(entries.indices), gaps: [], rule: rule,
            uptime: .seconds(1000), onMissing: onMissing)
    }

    @Test(
        arguments: [
            (CoverageCase(sent: 941), .fresh, nil), (CoverageCase(sent: 940), .fresh, nil),
            (CoverageCase(sent: 940, isPending: true), .fresh, nil),
            (CoverageCase(sent: 939), .stale, .aged), (CoverageCase(sent: 939, isPending: true), .stale, .pending),
            (CoverageCase(sent: 999), .fresh, nil),
            (CoverageCase(sent: 999, failure: .timeout), .stale, .timeout),
            (CoverageCase(sent: 939, failure: .throttled, isPending: true), .stale, .throttled),
            (CoverageCase(sent: 999, dropped: 1), .fresh, .invalidResponse),
            (CoverageCase(sent: 939, dropped: 1), .stale, .aged),
            (CoverageCase(rows: false), .missing, .neverLoaded),
            (CoverageCase(rows: false, isPending: true), .missing, .pending),
            (CoverageCase(rows: false, failure: .network), .missing, .network),
            (CoverageCase(rows: false, failure: .network, isPending: true), .missing, .network),
            (CoverageCase(rows: false, sent: 999, failure: .notFound), .missing, .notFound),
            (CoverageCase(rows: false, sent: 1), .missing, .aged),
            (CoverageCase(sent: 999, skip: .hibernated), .skipped, .hibernated),
            (CoverageCase(rows: false, skip: .creating), .skipped, .creating),
            (CoverageCase(sent: 1, failure: .timeout, isPending: true, skip: .disabled), .skipped, .disabled),
            (CoverageCase(), .stale, .aged),
        ] as [(CoverageCase, Coverage.State, Reason?)])
    func `a cluster is fresh, stale, missing or skipped for one reason`(each: (CoverageCase, Coverage.State, Reason?))
        throws
    {
        let item = try #require(try coverage([each.0]).items.first)
        #expect(item.state == each.1)
        #expect(item.reason == each.2)
        #expect((item.asOf != nil) == (each.0.rows && each.0.sent != nil))
        #expect(item.dropped == (each.0.rows ? each.0.dropped : 0) && item.repaired == (each.0.rows ? 2 : 0))
        let isHeldBack = each.1 == .stale || each.1 == .missing
        #expect((item.retryAt != nil) == isHeldBack)
        #expect((item.upstreamRequestID != nil) == (isHeldBack && each.0.failure != nil))
    }

    @Test func `a call sent since the request came is fresh whatever its age`() throws {
        let rule = FreshnessRule(maxAge: .zero, askedAt: .seconds(990))
        func isFresh(_ sent: Int64, failure: Reason? = nil) throws -> Bool {
            rule.isFresh(
                try CoverageCase(sent: sent, failure: failure).entry(#require(ClusterID("c"))).standing,
                uptime: .seconds(1000))
        }
        #expect(try isFresh(990))
        #expect(try !isFresh(989))
        #expect(try !isFresh(995, failure: .timeout))
    }

    private let mixed = [
        CoverageCase(sent: 999), CoverageCase(sent: 1), CoverageCase(rows: false),
        CoverageCase(sent: 1, skip: .hibernated),
        CoverageCase(sent: 999, dropped: 1),
    ]

    @Test func `omitted clusters are missing, and skipped ones keep their rows`() throws {
        let stale = try coverage(mixed)
        #expect(stale.items.map(\.state) == [.fresh, .stale, .missing, .skipped, .fresh])
        #expect(stale.rowEntries(of: [0, 1, 2, 3, 4]) == [0, 1, 3, 4])
        let omitted = try coverage(mixed, onMissing: .omit)
        #expect(omitted.items.map(\.state) == [.fresh, .missing, .missing, .skipped, .fresh])
        #expect(omitted.items[1].reason == .aged && omitted.items[1].asOf == nil)
        #expect(omitted.rowEntries(of: [0, 1, 2, 3, 4]) == [0, 3, 4])
        #expect(try !coverage([CoverageCase(sent: 1)], onMissing: .omit).isComplete)
        #expect(try coverage([CoverageCase(sent: 1)]).isComplete)
        #expect(try !coverage([CoverageCase(sent: 999, dropped: 1)]).isComplete)
        #expect(try coverage([CoverageCase(rows: false, skip: .deleting)]).isComplete)
    }

    @Test func `the items follow the entries that were judged`() throws {
        let entries = try (0..<5).map { try mixed[$0].entry(#require(ClusterID("c\($0)"))) }
        let coverage = Coverage(
            of: Snapshot(entries: entries, id: .zero), entries: [1, 3], gaps: [], rule: rule,
            uptime: .seconds(1000), onMissing: .stale)
        #expect(coverage.items.map(\.id.text) == ["c1", "c3"])
        #expect(coverage.rowEntries(of: [1, 3]) == [1, 3])
        #expect(coverage.headerValue == "targeted=2, fresh=0, stale=1, missing=0, skipped=1")
    }

    @Test func `problems are what is not simply fresh`() throws {
        let coverage = try coverage(mixed + [CoverageCase(sent: 999)])
        #expect(coverage.listed(.problems).map(\.id.text) == ["c0", "c1", "c2", "c3", "c4", "c5"])
        #expect(coverage.listed(.all).count == 6)
        #expect(coverage.listed(.none).isEmpty)
        var sound = coverage
        for index in sound.items.indices { sound.items[index].repaired = 0 }
        #expect(sound.listed(.problems).map(\.id.text) == ["c1", "c2", "c3", "c4"])
    }

    static let fresh = CoverageCase(sent: 999), stale = CoverageCase(sent: 1), missing = CoverageCase(rows: false),
        skipped = CoverageCase(skip: .creating)

    @Test(
        arguments: [
            ([], "", .answer), ([], "require=all", .answer), ([], "require=c0", .notMet),
            ([], "on_missing=fail", .answer),
            ([fresh], "", .answer), ([stale], "", .answer), ([missing], "", .noData),
            ([missing, missing], "require=all", .noData),
            ([missing, stale], "", .answer), ([skipped], "", .noData), ([skipped, missing], "", .noData),
            ([skipped, fresh], "require=all", .answer),
            ([CoverageCase(sent: 999, skip: .hibernated)], "", .noData), ([stale], "on_missing=omit", .noData),
            ([stale, fresh], "on_missing=omit", .answer),
            ([stale, fresh], "on_missing=fail", .notMet), ([fresh, skipped], "on_missing=fail", .answer),
            ([fresh, missing], "on_missing=fail", .notMet),
            ([fresh, stale], "require=all", .notMet), ([fresh, stale], "require=50%", .answer),
            ([fresh, stale], "require=51%", .notMet),
            ([fresh, fresh, missing], "require=66%", .answer), ([fresh, fresh, missing], "require=67%", .notMet),
            ([stale], "require=0%", .answer),
            ([fresh, skipped, skipped], "require=100%", .answer), ([fresh, stale], "require=c0", .answer),
            ([fresh, stale], "require=c1", .notMet),
            ([fresh, stale], "require=c0,c1", .notMet), ([fresh, skipped], "require=c0,c1", .answer),
            ([fresh], "require=c0,c9", .notMet),
        ] as [([CoverageCase], String, CoverageVerdict)])
    func `less coverage than was asked for is no answer`(each: ([CoverageCase], String, CoverageVerdict)) throws {
        let parts = each.1.split(separator: "=").map(String.init)
        let request = try ListRequest(parameters: parts.isEmpty ? [] : [(parts[0], parts[1])])
        #expect(try request.verdict(on: coverage(each.0, onMissing: request.onMissing)) == each.2)
    }
}
