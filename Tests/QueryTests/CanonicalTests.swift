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
            [("name", #"\\"#)],
        ]
        let texts = try questions.map(canonical)
        for (index, text) in texts.enumerated() {
            #expect(texts.firstIndex(of: text) == index, "\(questions[index]): \(text)")
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
            (.not(.or([b, a])), .not(.or([a, b]))),
        ]
        for (tree, expected) in cases { #expect(tree.normalized() == expected, "\(tree)") }
    }
}
