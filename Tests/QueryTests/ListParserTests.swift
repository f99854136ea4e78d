import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

/// `name=value&name=value`, nothing encoded.
private func parse(_ query: String) throws(InvalidParameters) -> ListRequest {
    try ListRequest(
        parameters: query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        })
}
private func problems(_ query: String) -> [ParameterProblem] {
    do {
        _ = try parse(query)
        return []
    } catch { return error.problems }
}

@Suite struct ListParserTests {
    @Test func `without parameters everything is asked for, in pages of 50`() throws {
        let request = try parse("")
        #expect(request.selection.filter == .all)
        #expect(request.selection.order == [SortKey(.clusterName), SortKey(.namespace), SortKey(.name)])
        #expect(request.pageSize == 50 && request.view == .basic && request.fields == nil && request.pageToken == nil)
        #expect(!request.explains)
        #expect(request.maxAge == nil && request.wait == nil && request.chartID == nil && request.warnings.isEmpty)
        #expect(request.onMissing == .stale && request.require == .any && request.coverage == .problems)
    }

    @Test(arguments: [
        ("page_size=1", 1, 0), ("page_size=500", 500, 0), ("page_size=0", 50, 0), ("page_size=501", 500, 1),
        ("page_size=99999999999999999999999", 500, 1), ("page_size=-0", 50, 0), ("page_size=007", 7, 0),
    ])
    func `a page has 1 to 500 rows, larger is lowered with a warning`(query: String, size: Int, warnings: Int) throws {
        let request = try parse(query)
        #expect(request.pageSize == size)
        #expect(request.warnings.map(\.code) == Array(repeating: "page_size_lowered", count: warnings))
    }

    @Test(
        arguments: [
            ("max_age=0", .zero), ("max_age=90s", .seconds(90)), ("max_age=2h", .seconds(7200)),
            ("max_age=250ms", .milliseconds(250)),
        ] as [(String, Duration)])
    func `ages are durations`(query: String, expected: Duration) throws {
        #expect(try parse(query).maxAge == expected)
        #expect(try parse(query.replacing("max_age", with: "wait")).wait == expected)
    }

    @Test func `words choose among the known ones`() throws {
        #expect(try parse("view=full").view == .full)
        #expect(try parse("on_missing=omit").onMissing == .omit)
        #expect(try parse("on_missing=fail").onMissing == .fail)
        #expect(try parse("coverage=all").coverage == .all)
        #expect(try parse("coverage=none").coverage == ListRequest.CoverageDetail.none)
        #expect(try parse("chart_id=8d2f-1").chartID == "8d2f-1")
        #expect(try parse("page_token=AQEB").pageToken == "AQEB")
        #expect(try parse("explain=true").explains)
        #expect(try !parse("explain=false").explains)
    }

    @Test func `fields come in the API's order with the identity`() throws {
        #expect(
            try parse("fields=status,stale, version").fields == [
                .clusterID, .namespace, .name, .version, .status, .stale,
            ])
        #expect(try parse("fields=name,name").fields == [.clusterID, .namespace, .name])
    }

    @Test func `requirements are any, all, a share or clusters`() throws {
        #expect(try parse("require=any").require == .any)
        #expect(try parse("require=all").require == .all)
        #expect(try parse("require=90%").require == .percent(90))
        #expect(try parse("require=0%").require == .percent(0))
        let ids = try ["a870253f-5dc7", "b"].map { try #require(ClusterID($0)) }
        #expect(try parse("require=a870253f-5dc7,b").require == .clusters(ids))
    }

    @Test func `up to four keys order the rows`() throws {
        #expect(
            try parse("order_by=update_at desc, name").selection.order == [
                SortKey(.updateAt, isDescending: true), SortKey(.name),
            ])
        #expect(try parse("order_by=severity desc,status asc,version,region").selection.order.count == 4)
        for field in SortField.allCases {
            #expect(try parse("order_by=\(field.rawValue)").selection.order == [SortKey(field)])
        }
    }

    /// Query, parameter, position, token, hint: nil where it does not matter.
    @Test(
        arguments: [
            ("namspace=a", "namspace", nil, "namspace", "namespace"), ("Status=a", "Status", nil, "Status", "status"),
            ("filter=a", "filter", 0, "a", nil), ("filter=", "filter", 0, "", nil),
            ("explain=yes", "explain", 0, "yes", nil), ("group_by=a", "group_by", nil, "group_by", nil),
            ("formt=csv", "formt", nil, "formt", "format"),
            ("cluster-id=a", "cluster-id", nil, "cluster-id", "cluster_id"),
            ("label=a", "label", nil, "label", nil), ("label.=a", "label.", nil, nil, nil),
            ("name=", "name", 0, "", nil), ("name=a,,b", "name", 2, "", nil), ("name=a,", "name", 2, "", nil),
            ("name=!", "name", 1, "", nil), ("name=a,!b", "name", 2, "!b", nil),
            ("name=!!a", "name", 1, "!a", nil), (#"name=a\b"#, "name", 1, #"\b"#, nil),
            (#"name=é\"#, "name", 2, #"\"#, nil),
            ("status=DEPLOYD", "status", 0, "DEPLOYD", "DEPLOYED"),
            ("status=Deployed", "status", 0, "Deployed", "DEPLOYED"),
            ("status=FAILED,pending-instal", "status", 7, "pending-instal", "PENDING_INSTALL"),
            ("status=DEPLOYED, FAILED", "status", 9, " FAILED", "FAILED"),
            ("chart_public=yes", "chart_public", 0, "yes", nil),
            ("chart_public=True", "chart_public", 0, "True", "true"), ("chart_public=t*", "chart_public", 0, "t*", nil),
            ("version=x", "version", 0, "x", nil), ("version=1*", "version", 0, "1*", nil),
            ("version=>", "version", 0, ">", nil),
            ("version=1 2", "version", 0, "1", nil), ("version=>1 x", "version", 3, "x", nil),
            ("version=-1", "version", 0, "-1", nil),
            ("version=9223372036854775808", "version", 0, nil, nil), ("version==>3", "version", 0, "=>3", nil),
            ("chart_version=>=a", "chart_version", 0, ">=a", nil),
            ("chart_version=>=1.*", "chart_version", 0, ">=1.*", nil),
            ("chart_version=^1.2", "chart_version", 0, "^1.2", nil),
            ("chart_version=~1.2", "chart_version", 0, "~1.2", nil),
            ("chart_version=>=1.2 2", "chart_version", 6, "2", nil),
            ("chart_version=1.0,<1.2.3.4", "chart_version", 4, "<1.2.3.4", nil),
            ("chart_version=>=01.2", "chart_version", 0, ">=01.2", nil),
            ("chart_version=>=vv1", "chart_version", 0, ">=vv1", nil),
            ("chart_version=>=1.2-rc", "chart_version", 0, nil, nil),
            ("chart_version=>=1.2.3-", "chart_version", 0, nil, nil),
            ("updated_after=yesterday", "updated_after", 0, "yesterday", nil),
            ("updated_after=5", "updated_after", 0, "5", nil),
            (
                "updated_after=2023-11-14T20:30:57 08:00", "updated_after", 0, nil,
                "a + in a query is a space: write %2B"
            ),
            ("created_before=2023-11-14T20:30:57", "created_before", 0, nil, "the offset is missing: add Z"),
            ("stuck_for=1h30m", "stuck_for", 0, "1h30m", nil), ("max_age=60", "max_age", 0, "60", nil),
            ("wait=-1s", "wait", 0, "-1s", nil),
            ("q= \u{3000}", "q", 0, nil, nil),
        ] as [(String, String, Int?, String?, String?)])
    func `a bad value is named with its place and what was meant`(
        query: String, parameter: String, position: Int?, token: String?, hint: String?
    ) {
        let found = problems(query)
        #expect(found.count == 1)
        #expect(found.first?.parameter == parameter)
        if let position { #expect(found.first?.position == position) }
        if let token { #expect(found.first?.token == token) }
        if let hint { #expect(found.first?.hint == hint) } else { #expect(found.first?.detail.isEmpty == false) }
    }

    @Test(
        arguments: [
            ("order_by=updated_at", "updated_at", "update_at"), ("order_by=name down", "down", nil),
            ("order_by=name,,status", "", nil),
            ("order_by=name asc desc", "name asc desc", nil), ("order_by=name,name desc", "name desc", nil),
            ("order_by=name,status,version,region,chart_name", "chart_name", nil), ("order_by=values", "values", nil),
            ("page_size=-1", "-1", nil), ("page_size=1.5", "1.5", nil), ("page_size=+1", "+1", nil),
            ("page_size=-", "-", nil),
            ("view=ful", "ful", "full"), ("on_missing=Omit", "Omit", "omit"), ("coverage=some", "some", "none"),
            ("format=CSV", "CSV", nil), ("format=jsn", "jsn", "json"), ("format=text/cvs", "text/cvs", "text/csv"),
            ("fields=nam", "nam", "name"), ("fields=name,,status", "", nil), ("fields=*", "*", nil),
            ("require=al", "al", "all"), ("require=anyy", "anyy", "any"), ("require=101%", "101%", nil),
            ("require=%", "%", nil),
            ("require=1.5%", "1.5%", nil), ("require=a,b/c", "b/c", nil), ("chart_id=a,b", "a,b", nil),
            ("chart_id=../x", "../x", nil),
        ] as [(String, String, String?)])
    func `what is not a filter is checked as strictly`(query: String, token: String, hint: String?) {
        let found = problems(query)
        #expect(found.count == 1)
        #expect(found.first?.token == token)
        if let hint { #expect(found.first?.hint == hint) }
    }

    @Test func `every problem is reported at once, in the order of the query`() {
        let found = problems("nme=a&status=X,Y&page_size=5&page_size=6&view=&order_by=x,y desc&label.env=a,")
        #expect(
            found.map(\.parameter) == [
                "nme", "status", "status", "page_size", "view", "order_by", "order_by", "label.env",
            ])
    }

    @Test func `single-valued parameters may be given once, filters as often as there are conditions`() {
        for parameter in ListParameter.allCases {
            let value =
                switch parameter {
                case .status: "FAILED"
                case .chartPublic: "true"
                case .view: "full"
                case .onMissing: "omit"
                case .coverage: "all"
                case .updatedAfter, .updatedBefore, .createdAfter, .createdBefore, .stuckFor, .maxAge, .wait: "5m"
                case .orderBy, .fields: "name"
                case .facets: "region"
                case .filter: "name=a"
                case .explain: "true"
                case .format: "csv"
                default: "1"
                }
            let text = "\(parameter.rawValue)=\(value)"
            #expect(problems(text).isEmpty, "\(text)")
            let isFilter: Set<ListParameter> = [
                .cluster, .clusterID, .clusterName, .region, .projectID, .namespace, .name, .chartName, .chartPublic,
                .chartVersion, .status, .version, .q,
            ]
            #expect(problems("\(text)&\(text)").isEmpty == isFilter.contains(parameter), "\(text)")
        }
    }

    @Test func `a question's cost is bounded`() {
        func repeated(_ piece: String, _ count: Int, by separator: String) -> String {
            Array(repeating: piece, count: count).joined(separator: separator)
        }
        #expect(problems("name=" + repeated("a", 256, by: ",")).isEmpty)
        #expect(problems("name=" + repeated("a", 257, by: ",")).count == 1)
        #expect(problems("q=" + repeated("a", 64, by: " ")).isEmpty)
        #expect(problems("q=" + repeated("a", 65, by: " ")).count == 1)
        #expect(problems(repeated("name=a", 65, by: "&")).count == 1)
        #expect(problems("name=a&filter=" + repeated("name:a", 63, by: " OR ")).isEmpty)
        #expect(problems("name=a&filter=" + repeated("name:a", 64, by: " OR ")).map(\.parameter) == ["filter"])
        #expect(problems("filter=" + repeated("name:a", 64, by: " OR ") + "&q=b").map(\.parameter) == ["q"])
        #expect(problems("filter=" + repeated("x=a", 64, by: " OR ") + "&y=b").count == 64)
        #expect(problems("name=" + repeated("a", 256, by: "")).isEmpty)
        #expect(problems("name=" + repeated("a", 257, by: "")).count == 1)
        #expect(problems("q=" + repeated("é", 129, by: "")).first?.token?.utf8.count == 64)
        #expect(problems(repeated("x=a", 1000, by: "&")).count == 64)
        #expect(problems(repeated("page_size=1", 129, by: "&")).count == 64)
        #expect(problems("label.\(repeated("k", 318, by: ""))=a").count == 1)
        #expect(problems("status=" + repeated("é", 9000, by: ",")).allSatisfy { ($0.token?.utf8.count ?? 0) <= 64 })
    }

    @Test func `bounds on both sides of a comma are what was asked, with a warning`() throws {
        #expect(try parse("chart_version=>=1.2,<2").warnings.map(\.code) == ["any_of_ranges"])
        #expect(try parse("version=>3,<7").warnings.map(\.code) == ["any_of_ranges"])
        #expect(try parse("chart_version=>=1.2 <2").warnings.isEmpty)
        #expect(try parse("chart_version=!>=1.2,<2").warnings.isEmpty)
        #expect(try parse("version=1,>7").warnings.isEmpty)
    }

    @Test func `hostile queries are answered, never a crash`() {
        let names = ListParameter.allCases.map(\.rawValue) + ["label.a", "label.", "filter", "x", "", "é"]
        let pieces = [
            "a", "*", ",", "!", "\\", ">", "<", "=", " ", "1", "9223372036854775807", ".", "-", "%", "é", "\u{301}",
            "\0", "desc", "name",
            "2023-11-14T20:30:57Z", "99999999999999999w", "0", "v1.2.3", "rc.1", "\u{1F600}", "\r\n", "any",
            "PENDING_*", "\u{3000}", "ß", "(", ")", "\"", "name", " AND ", " OR ", "NOT ", "stuck(", ":",
        ]
        var generator = SeededGenerator(seed: 99)
        var accepted = 0
        let snapshot = CannedFleet(seed: 1, clusters: 2, releases: 3...3).snapshot
        for run in 0..<100_000 {
            let parameters = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                (
                    name: generator.pick(names),
                    value: (0..<Int.random(in: 0...5, using: &generator)).map { _ in generator.pick(pieces) }.joined()
                )
            }
            guard let request = try? ListRequest(parameters: parameters) else { continue }
            accepted += 1
            if run % 10 == 0 {
                #expect(!request.canonical.isEmpty)
                let page = request.selection.page(
                    of: snapshot, rowsFrom: request.selection.targets(in: snapshot).entries, now: CannedFleet.now,
                    after: nil, limit: request.pageSize)
                #expect(page.rows.count <= page.totalSize)
            }
        }
        #expect(accepted > 1000)
    }
}
