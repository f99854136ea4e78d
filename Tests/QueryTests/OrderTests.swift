import Query
import ReleaseModel
import Testing
import Timing

@Suite struct OrderTests {
    /// The names of `rows`, one cluster's, in the order asked for, taken in pages of two.
    private func names(_ order: String, _ rows: [Release]) throws -> [String] {
        let sorted = rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let cluster = try Cluster(id: #require(ClusterID("id")), name: "c", region: "r", credential: "x")
        let part = ClusterPart(
            rows: sorted, rowHashes: sorted.map { _ in 1 }, contentHash: .zero, dropped: 0, repaired: 0)
        let snapshot = Snapshot(
            entries: [ClusterEntry(cluster: cluster, part: part, standing: Standing(), contentHash: .zero)], id: .zero)
        let selection = try ListRequest(parameters: [("order_by", order)]).selection
        var names: [String] = []
        var key: PageKey?
        repeat {
            let page = selection.page(of: snapshot, rowsFrom: [0], now: Instant(seconds: 0), after: key, limit: 2)
            names += page.rows.map { sorted[$0.row].name }
            key = page.next
        } while key != nil
        return names
    }
    private func row(_ name: String, version: String? = nil, status: String? = nil, revision: Int64? = nil) -> Release {
        Release(namespace: "n", name: name, version: revision, chartVersion: version, status: status)
    }

    /// Semantic Versioning 2.0.0 §11, with its own example, then what is no version, by bytes.
    static let ascending = [
        "0.0.0-0", "0.0.0", "0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0--", "1.0.0-1a", "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.0.1", "1.2.0",
        "v1.10.0",
        "2.0.0", "18446744073709551615.0.0", "18446744073709551616.0.0", "100000000000000000000000000000.0.0-1",
        "100000000000000000000000000000.0.0", "", "01.0.0", "1", "1.0", "1.0.0-01", "1.0.0-a..b", "1.0.0.0", "V1.0.0",
        "latest", "v", "vv1.0.0",
        "é",
    ]

    @Test func `chart versions follow Semantic Versioning, other texts come after`() throws {
        let rows = Self.ascending.enumerated().map { index, version in
            row("r\((index * 37) % 101 + 100)", version: version)
        }
        let ascending = rows.map(\.name)
        #expect(try names("chart_version", rows) == ascending)
        #expect(try names("chart_version desc", rows) == ascending.reversed())
    }

    @Test func `versions of equal precedence are told apart by the identity`() throws {
        let rows = [row("a", version: "v1.0.0"), row("b", version: "1.0.0+x"), row("c", version: "1.0.0")]
        #expect(try names("chart_version", rows) == ["a", "b", "c"])
        #expect(try names("chart_version desc", rows) == ["a", "b", "c"])
    }

    @Test func `severity goes from deployed to failed`() throws {
        let rows = [
            row("a", status: "FAILED"), row("b", status: "PENDING_INSTALL"), row("c", status: "DEPLOYED"),
            row("d", status: "odd"),
            row("e", status: "DELETING"), row("f", status: "DELETED"), row("g", status: nil),
            row("h", status: "UNKNOWN"),
            row("i", status: "SUPERSEDED"), row("j", status: "PENDING_UPGRADE"),
        ]
        #expect(try names("severity", rows) == ["c", "f", "e", "b", "j", "d", "g", "h", "i", "a"])
        #expect(try names("severity desc", rows) == ["a", "d", "g", "h", "i", "b", "j", "e", "f", "c"])
    }

    @Test func `nulls come last both ways`() throws {
        let rows = [row("a"), row("b", revision: 1), row("c", revision: -5), row("d")]
        #expect(try names("version", rows) == ["c", "b", "a", "d"])
        #expect(try names("version desc", rows) == ["b", "c", "a", "d"])
    }

    @Test func `text goes by code points`() throws {
        let rows = ["a", "B", "é", "e\u{301}", "z", "\u{10000}", "\u{FFFD}", "", "aa"].map { row("x" + $0) }
        let expected = ["x", "xB", "xa", "xaa", "xe\u{301}", "xz", "xé", "x\u{FFFD}", "x\u{10000}"]
        // Compared by bytes: `==` on strings holds the two é for equal.
        #expect(try names("name", rows).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        #expect(try names("name desc", rows).map { Array($0.utf8) } == expected.reversed().map { Array($0.utf8) })
    }
}
