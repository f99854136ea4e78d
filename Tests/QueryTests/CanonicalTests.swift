import Query
import Testing

@Suite struct CanonicalTests {
    private func canonical(_ parameters: [(name: String, value: String)]) throws -> String {
        try ListRequest(parameters: parameters).canonical
    }

    @Test func `equal questions give equal texts`() throws {
        let pairs: [([(name: String, value: String)], [(name: String, value: String)])] = [
            ([], [("order_by", "cluster_name,namespace,name")]),
            ([], [("order_by", "cluster_name asc, namespace, name, cluster_id")]),
            ([], [("page_size", "7"), ("fields", "status"), ("view", "full"), ("coverage", "all"), ("max_age", "0")]),
            ([("name", "a,b")], [("name", "b,a,a")]),
            ([("name", "a"), ("namespace", "b")], [("namespace", "b"), ("name", "a")]),
            ([("name", "a*"), ("name", "a*")], [("name", "a**")]),
            ([("status", "pending-install")], [("status", "PENDING_INSTALL")]),
            ([("updated_after", "24h")], [("updated_after", "1d")]), ([("stuck_for", "60m")], [("stuck_for", "1h")]),
            ([("created_after", "2023-11-14T20:30:57+08:00")], [("created_after", "2023-11-14T12:30:57.000Z")]),
            ([("chart_version", ">=1.2 <2")], [("chart_version", "<v2.0.0  >=1.2.0")]),
            ([("version", "3")], [("version", "=3")]),
            ([("version", ">2 <=3")], [("version", "3")]), ([("q", "Redis PROD")], [("q", "prod"), ("q", "redis")]),
            ([("version", ">5 <3")], [("version", ">6 <2")]),
        ]
        for (one, other) in pairs { #expect(try canonical(one) == canonical(other), "\(one) \(other)") }
    }

    @Test(arguments: [
        ("name=a,b", "name=a OR name=b"), ("name=!a,b", "name!=a AND -name=b"), ("name=!a,b", "NOT (name=a OR name=b)"),
        ("name=a*&namespace=b", "namespace=b AND name=a*"), (#"name=a\*\,"#, #"name="a\*,""#), ("name=*a*", "name:a"),
        ("status=pending-install,FAILED", "status=FAILED OR status=pending-install"),
        ("status=pending-*", "status=pending-*"),
        ("version=>2 <=7", "version>=3 AND version<8"), ("version=!3", "version!=3"),
        ("version=3,>3", "version=3 OR version>3"),
        ("version=>5 <3", "none()"), ("chart_version=>=1.2 <2", "chart_version<2 AND chart_version>=1.2"),
        ("chart_version=1.2,>=3", "chart_version=1.2 OR chart_version>=3"),
        ("chart_version==1.2", #"semver(chart_version, "=1.2.0")"#),
        ("chart_version=!latest", "chart_version!=latest"), ("chart_public=!true", "-chart_public=true"),
        ("chart_public=true,false", "chart_public:*"), ("label.env=prod", "label.env=prod"),
        ("label.env=*", "labels:env"),
        ("label.a b=c", #"label."a b"=c"#), ("cluster=a&region=b,c", "cluster=a AND (region=b OR region=c)"),
        ("updated_before=7d", "older(update_at, 7d)"), ("created_after=60m", "newer(create_at, 1h)"),
        ("stuck_for=1d", "stuck(24h)"),
        ("updated_after=2023-11-14T12:30:57Z", "update_at>=2023-11-14T13:30:57+01:00"),
        ("created_before=2023-11-14T12:30:57Z", "create_at<2023-11-14T12:30:57Z"),
        ("q=Redis PROD", "q:redis AND q:prod"),
        (
            "project_id=p&cluster_id=c&cluster_name=n&chart_name=h",
            "project_id=p AND cluster_id=c AND cluster_name=n AND chart_name=h"
        ),
        ("name=a&filter=region=b OR region=c", "name=a AND (region=c OR region=b)"),
        ("filter=name=a&order_by=update_at desc", "name=a"),
    ])
    func `a question is the same through parameters and through an expression`(query: String, filter: String) throws {
        let parameters = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: String(parts[1]))
        }
        let request = try ListRequest(parameters: parameters)
        #expect(try request.selection.filter.canonical == FilterExpression(filter: filter).canonical)
        let both = parameters.filter { $0.name == "order_by" } + [(name: "filter", value: filter)]
        #expect(try request.canonical == canonical(both))
    }

    @Test func `different questions give different texts`() throws {
        let questions: [[(name: String, value: String)]] = [
            [], [("name", "a")], [("name", "!a")], [("name", "a*")], [("name", #"a\*"#)], [("name", "a,b")],
            [("name", #"a\,b"#)],
            [("name", "a"), ("name", "b")], [("namespace", "a")], [("cluster", "a")], [("cluster_id", "a")],
            [("cluster_name", "a")],
            [("label.a", "a")], [("label.a\" \"a", "a")], [("label.a", "a\" \"a")], [("chart_name", "a")],
            [("chart_version", "a")], [("q", "a")], [("q", "a b")],
            [("chart_version", ">=1.2")], [("chart_version", ">1.2")], [("chart_version", "1.2.0")],
            [("chart_version", "=1.2.0")],
            [("chart_version", ">1.2,<3")], [("chart_version", ">1.2 <3")], [("updated_after", "1d")],
            [("updated_before", "1d")],
            [("created_after", "1d")], [("stuck_for", "1d")], [("version", "1")], [("version", ">1")],
            [("chart_public", "true")],
            [("chart_public", "false")], [("chart_public", "!true")], [("order_by", "name")],
            [("order_by", "name desc")],
            [("order_by", "namespace,name")], [("chart_id", "a")], [("chart_id", "b")], [("name", "\"")],
            [("name", #"\\"#)], [("filter", "NOT update_at<2023-11-14T12:30:57Z")],
            [("updated_after", "2023-11-14T12:30:57Z")],
            [("filter", "update_at>2023-11-14T12:30:57Z")], [("filter", "NOT version<3")], [("filter", "version>=3")],
            [("filter", "name<a")], [("filter", "NOT name<a")], [("filter", "name>=a")], [("filter", "q:\u{E9}")],
            [("filter", "q:e\u{301}")], [("filter", "q:\u{E9} AND q:e\u{301}")], [("filter", "label.\"\u{E9}\"=a")],
            [("filter", "label.\"\u{E9}\"=a OR label.\"e\u{301}\"=a")], [("filter", "severity>=3")],
            [("filter", "none()")],
        ]
        // By bytes: a `String` holds composed and decomposed letters for equal.
        let texts = try questions.map { try Array(canonical($0).utf8) }
        for (index, text) in texts.enumerated() {
            #expect(texts.firstIndex(of: text) == index, "\(questions[index])")
        }
    }

    @Test func `a tree has one form`() {
        let a = FilterExpression.term(.word("a"))
        let b = FilterExpression.term(.word("b"))
        let cases: [(FilterExpression, FilterExpression)] = [
            (.and([]), .all), (.or([]), .none), (.and([a]), a), (.or([a, a]), a), (.not(.not(a)), a),
            (.and([a, .all]), a),
            (.and([a, .none]), .none), (.or([a, .all]), .all), (.or([a, .none]), a),
            (.and([b, .and([a, b])]), .and([a, b])),
            (.or([.or([b]), a]), .or([a, b])), (.not(.and([])), .none), (.and([.or([a, b])]), .or([a, b])),
            (.not(.or([b, a])), .and([.not(a), .not(b)])), (.not(.and([a, .not(b)])), .or([.not(a), b])),
        ]
        for (tree, expected) in cases { #expect(tree.normalized() == expected, "\(tree)") }
    }
}
