import Query
import ReleaseModel
import Testing
import Timing

/// Whether one release in one cluster is found by those parameters.
func finds(
    _ parameters: [(name: String, value: String)], in row: Release = Release(namespace: "n", name: "r"),
    cluster: Cluster? = nil, now: Instant = Instant(seconds: 1_790_000_000)
) throws -> Bool {
    let cluster = try cluster ?? Cluster(id: #require(ClusterID("id")), name: "c", region: "r", credential: "x")
    let part = ClusterPart(rows: [row], rowHashes: [1], contentHash: .zero, dropped: 0, repaired: 0)
    let snapshot = Snapshot(
        entries: [ClusterEntry(cluster: cluster, part: part, standing: Standing(), contentHash: .zero)], id: .zero)
    let selection = try ListRequest(parameters: parameters).selection
    let page = selection.page(
        of: snapshot, rowsFrom: selection.targets(in: snapshot).entries, now: now, after: nil, limit: 1)
    return page.totalSize == 1
}

@Suite struct MatchingTests {
    @Test(arguments: [
        ("redis", "redis", true), ("redis", "Redis", false), ("redis", "redis-1", false), ("redis*", "redis-1", true),
        ("*", "anything", true), ("*a*", "banana", true), ("a*a", "a", false), ("a*a", "aa", true),
        ("*ana", "banana", true),
        ("b*n*n*a", "banana", true), ("b*nn*a", "banana", false), ("*aab*", "aaab", true),
        ("*abab*c", "abaababxc", true),
        ("a*b*c", "a-c-b", false), ("ab*bc", "abc", false), (#"a\*"#, "a*", true), (#"a\*"#, "ab", false),
        (#"\!x"#, "!x", true),
        (#"a\,b"#, "a,b", true), (#"a\\b"#, #"a\b"#, true), ("a!b", "a!b", true), ("a,b", "b", true),
        ("!a,b", "b", false),
        ("!a,b", "c", true), ("!a*", "abc", false), ("é", "e\u{301}", false), ("é", "é", true),
        ("*\u{301}", "e\u{301}", true),
        ("\u{212A}", "K", false), ("**", "x", true), ("?", "x", false), ("[a-z]", "x", false), (".*", "x", false),
    ])
    func `text is equal by bytes, or fits the wildcards`(value: String, name: String, expected: Bool) throws {
        #expect(try finds([("name", value)], in: Release(namespace: "n", name: name)) == expected)
        #expect(try finds([("namespace", value)], in: Release(namespace: name, name: "r")) == expected)
        #expect(try finds([("chart_name", value)], in: Release(namespace: "n", name: "r", chartName: name)) == expected)
    }

    @Test func `wildcards take no longer the more of them there are`() throws {
        let text = String(repeating: "a", count: 100_000)
        let pattern = String(repeating: "*a", count: 120) + "*b"
        #expect(try !finds([("name", pattern)], in: Release(namespace: "n", name: text)))
        #expect(
            try !finds(
                [("name", "*" + String(repeating: "a", count: 250) + "b*")], in: Release(namespace: "n", name: text)))
    }

    @Test(arguments: [
        "name", "chart_name", "chart_version", "chart_public", "status", "version", "project_id", "label.env",
    ])
    func `null matches no value and every negation`(field: String) throws {
        let value = ["chart_public": "true", "status": "FAILED", "version": "1"][field] ?? "x"
        #expect(try !finds([(field, value)]))
        #expect(try finds([(field, "!" + value)]))
    }

    @Test func `null times are in no window`() throws {
        for name in ["updated_after", "updated_before", "created_after", "created_before"] {
            #expect(try !finds([(name, "1d")]))
        }
        #expect(try !finds([("stuck_for", "0s")], in: Release(namespace: "n", name: "r", status: "PENDING_INSTALL")))
    }

    @Test(arguments: [
        ("updated_after", "2026-09-21T14:13:20Z", true), ("updated_before", "2026-09-21T14:13:20Z", false),
        ("updated_after", "2026-09-21T14:13:20.000000001Z", false),
        ("updated_before", "2026-09-21T14:13:20.000000001Z", true),
        ("updated_after", "1h", true), ("updated_before", "1h", false), ("updated_after", "59m", false),
        ("updated_before", "59m", true),
        ("updated_after", "2026-09-21T22:13:20+08:00", true), ("created_after", "1h", false),
        ("created_before", "1h", true),
    ])
    func `windows begin at a time and end before one`(name: String, value: String, expected: Bool) throws {
        let updated = Instant(seconds: 1_790_000_000)
        let row = Release(namespace: "n", name: "r", createAt: updated - .seconds(10), updateAt: updated)
        #expect(try finds([(name, value)], in: row, now: updated + .seconds(3600)) == expected)
    }

    @Test(
        arguments: [
            ("PENDING_INSTALL", 3600, true), ("PENDING_ROLLBACK", 3600, true), ("PENDING_X", 3600, true),
            ("DELETING", 3600, true),
            ("PENDING_INSTALL", 3599, false), ("DEPLOYED", 9999, false), ("UNINSTALLING", 9999, false),
            ("PENDING", 9999, false),
        ] as [(String, Int64, Bool)])
    func `stuck is pending or deleting and not updated for that long`(status: String, age: Int64, expected: Bool) throws
    {
        let now = Instant(seconds: 1_790_000_000)
        let row = Release(namespace: "n", name: "r", status: status, updateAt: now - .seconds(age))
        #expect(try finds([("stuck_for", "1h")], in: row, now: now) == expected)
    }

    @Test(arguments: [
        ("DEPLOYED", "DEPLOYED", true), ("deployed", "DEPLOYED", true), ("pending-install", "PENDING_INSTALL", true),
        ("uninstalled", "UNINSTALLED", true), ("PENDING_*", "PENDING_UPGRADE", true),
        ("pending-*", "PENDING_UPGRADE", true),
        ("pending-*", "pending-odd", true), ("PENDING_*", "pending-odd", false), ("*", "Whatever", true),
        ("Wh*", "Whatever", true),
        ("superseded", "SUPERSEDED", true), ("!failed", "FAILED", false), ("!failed", "Whatever", true),
        ("deployed", "deployed", false),
    ])
    func `statuses are the cloud's words in its spelling or Helm's`(value: String, status: String, expected: Bool)
        throws
    {
        #expect(try finds([("status", value)], in: Release(namespace: "n", name: "r", status: status)) == expected)
    }

    @Test func `each known status is found in both spellings`() throws {
        for status in StatusWords.known {
            let row = Release(namespace: "n", name: "r", status: status)
            #expect(try finds([("status", status)], in: row))
            #expect(try finds([("status", status.lowercased().replacing("_", with: "-"))], in: row))
        }
    }

    @Test(
        arguments: [
            ("3", 3, true), ("3", 4, false), ("=3", 3, true), (">3", 3, false), (">3", 4, true), (">=3", 3, true),
            ("<3", 2, true), ("<=3", 4, false),
            ("1,3", 3, true), ("!1,3", 3, false), ("!1,3", 2, true), (">2 <5", 4, true), (">2 <5", 5, false),
            ("!=3", 3, false), ("!=3", 2, true),
            (">9223372036854775807", Int64.max, false), (">=9223372036854775807", Int64.max, true), ("<0", -1, true),
            (">5 <3", 4, false),
        ] as [(String, Int64, Bool)])
    func `revisions are numbers and ranges`(value: String, version: Int64, expected: Bool) throws {
        #expect(try finds([("version", value)], in: Release(namespace: "n", name: "r", version: version)) == expected)
    }

    @Test(arguments: [
        ("1.2.0", "1.2.0", true), ("1.2.0", "v1.2.0", false), ("1.2.*", "1.2.7", true), ("=1.2.0", "v1.2.0", true),
        ("=1.2.0", "1.2.0+b", true),
        (">=1.2", "1.2.0", true), (">=1.2", "1.2.0-rc.1", false), ("<2", "2.0.0-rc.1", true), ("<2", "2.0.0", false),
        ("<2", "1.99.99", true),
        (">=1.2 <2", "1.10.0", true), (">=1.2 <2", "2.1.0", false), (">=1.2,<1", "0.9.0", true),
        (">=1.2", "latest", false), ("!>=1.2", "latest", true),
        (">=1.2", "1.2", false), (">1.0.0-alpha", "1.0.0-alpha.1", true), (">v1.0.0-rc.2", "1.0.0-rc.10", true),
        ("<=1", "1.0.0", true),
        (">99999999999999999998", "99999999999999999999.0.0", true), (">=1.2.3+build", "1.2.3", true),
        ("!=1.2.0", "1.2.0", false),
        ("latest", "latest", true), ("*-rc*", "1.0.0-rc.1", true),
    ])
    func `chart versions are texts, patterns or ranges`(value: String, version: String, expected: Bool) throws {
        let row = Release(namespace: "n", name: "r", chartVersion: version)
        #expect(try finds([("chart_version", value)], in: row) == expected)
    }

    @Test(arguments: [
        ("redis", true), ("REDIS", true), ("dis-1", true), ("redis mysql", false), ("redis monitoring", true),
        ("magento", true),
        ("1.0.7", true), ("underway", true), ("sfs", true), ("TURBO redis", true), ("größe", true), ("GRÖSSE", false),
        ("GRÖßE", true),
        ("σίσυφος", true), ("ΣΊΣΥΦΟΣ", true), ("集群", true), ("集 群", true), ("集\u{3000}群", true), ("a,b", false),
        ("!redis", false), ("*", false),
        ("\u{212A}elvin", true), ("deployed", false), ("cn-north", false), ("re\u{301}dis", false), ("(42)", false),
    ])
    func `words are found in any case, all of them somewhere`(value: String, expected: Bool) throws {
        let row = Release(
            namespace: "monitoring", name: "redis-1", version: 42, chartName: "magento-集群", chartVersion: "1.0.7",
            status: "DEPLOYED",
            description: "Underway: Größe ΣΊΣΥΦΟΣ kelvin")
        let cluster = try Cluster(
            id: #require(ClusterID("id")), name: "SFS-turbo", region: "cn-north-4", credential: "x")
        #expect(try finds([("q", value)], in: row, cluster: cluster) == expected)
    }

    @Test func `words are looked for in fields with nothing else in them too`() throws {
        #expect(try !finds([("q", "x")]))
        #expect(try finds([("q", "N")]))
        #expect(try finds([("q", "c r n")]))
        #expect(try !finds([("q", "aab")], in: Release(namespace: "n", name: "aaac")))
        #expect(try finds([("q", "aab")], in: Release(namespace: "n", name: "aaab")))
        #expect(try finds([("q", "aÉb")], in: Release(namespace: "n", name: "xaéBx")))
    }
}
