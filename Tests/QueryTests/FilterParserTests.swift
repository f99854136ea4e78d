import GatewayTestKit
import Query
import Testing

private func canonical(_ filter: String) throws -> String { try FilterExpression(filter: filter).canonical }
private func problems(_ filter: String) -> [ParameterProblem] {
    do {
        _ = try FilterExpression(filter: filter)
        return []
    } catch { return error.problems }
}

@Suite struct FilterParserTests {
    @Test(
        arguments: [
            ("name=redis", "name=redis"), (" name =\tredis\n", "name=redis"), ("name = \"redis\"", "name=redis"),
            ("name=\"a b\"", "name=\"a b\""), ("name=\"\"", "name=\"\""), ("name=re*", "name=re*"),
            ("name=\"re*\"", "name=re*"),
            (#"name=re\*"#, #"name=re\*"#), (#"name="a\"b\\""#, #"name="a\"b\\""#), ("name=AND1", "name=AND1"),
            ("name=\"AND\"", "name=\"AND\""), ("name=\"~a\"", "name=\"~a\""),
            ("name=a:b", "name=a:b"),
            ("name=-a", "name=-a"), ("name=\"a|b\"", "name=\"a|b\""), ("name=é", "name=é"),
            ("name=\"集\u{3000}群\"", "name=\"集\u{3000}群\""),
            ("name!=a", "name!=a"), ("NOT name=a", "name!=a"), ("-name=a", "name!=a"), ("NOT name!=a", "name=a"),
            ("NOT (name=a)", "name!=a"), ("NOT(name=a)", "name!=a"), ("- (name=a)", "name!=a"),
            ("-(-name=a)", "name=a"),
            ("((name=a))", "name=a"), ("name=b OR name=a", "name=a OR name=b"),
            ("name=b AND region=a", "name=b AND region=a"),
            ("region=a AND (name=c OR namespace=b)", "(name=c OR namespace=b) AND region=a"),
            ("NOT (name=a OR region=b)", "name!=a AND region!=b"),
            ("NOT (name=a AND region=b)", "name!=a OR region!=b"),
            ("name=a AND (region=b AND q:x)", "name=a AND q:x AND region=b"),
            ("(name=a OR region=b) AND (name=a OR region=b)", "name=a OR region=b"),
            ("name:red", "name=*red*"), ("name:*", "name=*"), (#"name:\*"#, #"name=*\**"#),
            ("name:\"a b\"", "name=\"*a b*\""),
            ("name<m", "name<m"), ("name >= \"m n\"", "name>=\"m n\""), ("NOT name<m", "NOT name<m"),
            (#"name<\*"#, #"name<\*"#),
            ("status=pending-install", "status=PENDING_INSTALL"),
            ("status:pending", "status=*PENDING* OR status=*pending*"),
            ("status>=P", "status>=P"), ("status=odd*", "status=ODD* OR status=odd*"),
            ("cluster=a OR cluster=b", "cluster=a OR cluster=b"), ("label.env=prod", "label.env=prod"),
            ("label.app.kubernetes.io/name:*", "label.app.kubernetes.io/name=*"), ("labels:env", "label.env=*"),
            ("NOT labels:\"a b\"", "label.\"a b\"!=*"), (#"label."a \"b"=c"#, #"label."a \"b"=c"#),
            ("description:hooks", "description=*hooks*"), ("status_description=x", "status_description=x"),
            ("version=3", "version=3"), ("version:3", "version=3"), ("version:*", "version:*"),
            ("version!=3", "version!=3"),
            ("version>3", "version>=4"), ("version>=3 AND version<7", "version>=3 AND version<=6"),
            ("version>=3 AND version<4", "version=3"), ("version<3 AND version>7", "none()"),
            ("version>=-1", "version>=-1"),
            ("version<3 OR version>=3", "version:*"), ("NOT (version<3 OR version>=3)", "NOT version:*"),
            ("version=1 OR version=2 OR version=4", "(version>=1 AND version<=2) OR version=4"),
            ("version!=1 AND version!=2", "NOT version>=1 OR NOT version<=2"),
            ("version>9223372036854775807", "none()"),
            ("severity>=3", "severity>=3"), ("severity=5", "severity>=5"), ("severity<0", "none()"),
            ("severity:*", "all()"),
            ("severity!=0", "severity>=1"), ("severity!=3", "severity<=2 OR severity>=4"),
            ("NOT severity<=4", "severity>=5"),
            ("chart_version=1.2.*", "chart_version=1.2.*"), ("chart_version>=1.2", "chart_version>=1.2.0"),
            ("chart_version<v2.0.0-rc.1+b", "chart_version<2.0.0-rc.1"), ("chart_version:rc", "chart_version=*rc*"),
            ("chart_version>=1 AND chart_version<2", #"semver(chart_version,"<2.0.0 >=1.0.0")"#),
            (#"semver(chart_version, ">=1 <2")"#, #"semver(chart_version,"<2.0.0 >=1.0.0")"#),
            (#"semver( chart_version , "=1.2" )"#, #"semver(chart_version,"=1.2.0")"#),
            (#"NOT semver(chart_version,">=1")"#, "NOT chart_version>=1.0.0"),
            (#"chart_version="\^1""#, #"chart_version=\^1"#),
            ("chart_version!=1 AND NOT chart_version>2", "chart_version!=1 AND NOT chart_version>2.0.0"),
            ("chart_public=true", "chart_public=true"), ("chart_public:false", "chart_public=false"),
            ("chart_public!=true", "chart_public!=true"), ("chart_public:*", "chart_public=false OR chart_public=true"),
            ("update_at>=2023-11-14T20:30:57+08:00", "update_at>=2023-11-14T12:30:57Z"),
            ("create_at<\"2023-11-14T12:30:57.5Z\"", "create_at<2023-11-14T12:30:57.5Z"),
            ("update_at:*", "update_at:*"),
            ("update_at!=2023-11-14T12:30:57Z", "NOT update_at=2023-11-14T12:30:57Z"),
            ("NOT create_at:*", "NOT create_at:*"),
            ("stuck(15m)", "stuck(15m)"), ("stuck( \"60m\" )", "stuck(1h)"), ("-stuck(0)", "NOT stuck(0s)"),
            ("older(update_at, 7d)", "older(update_at,7d)"), ("newer (create_at,24h)", "newer(create_at,1d)"),
            ("q:Redis", "q:redis"), ("q:\"Redis  prod\"", "q:prod AND q:redis"),
            ("NOT q:\"a b\"", "NOT q:a OR NOT q:b"),
            ("all()", "all()"), ("none( )", "none()"), ("all() AND name=a", "name=a"), ("none() OR name=a", "name=a"),
            ("name=a OR all()", "all()"),
            (
                "project_id=p AND cluster_id=c AND cluster_name=n AND region=r AND namespace=s AND chart_name=h",
                "chart_name=h AND cluster_id=c AND cluster_name=n AND namespace=s AND project_id=p AND region=r"
            ),
            ("((((((((name=a))))))))", "name=a"),
        ])
    func `an expression has one canonical text, which is an expression`(text: String, expected: String) throws {
        #expect(try canonical(text) == expected)
        #expect(try canonical(expected) == expected)
    }

    /// Text, position, token, hint; nil where it does not matter.
    @Test(
        arguments: [
            ("", 0, "", "name=redis"), ("  ", 2, "", nil), ("name", 4, "", "one of = != < <= > >= :"),
            ("redis", 0, "redis", "name=redis, or q:redis for a word anywhere"), ("nme=a", 0, "nme", "name"),
            ("Status=FAILED", 0, "Status", "status"), ("labels.env=a", 0, "labels.env", "labels"),
            ("chartname=a", 0, "chartname", "chart_name"),
            ("name=", 5, "", nil), ("name= AND region=a", 6, "AND", nil), ("name==a", 5, "=a", "one = is enough"),
            ("name='a'", 5, "'a'", "put values in double quotes"), ("name=~a", 5, "~a", nil),
            ("name=\"a", 5, "\"a", nil), (#"name=a\b"#, 6, #"\b"#, #"\\ for a backslash"#),
            (#"name="\"#, 6, #"\"#, nil),
            ("name=a region=b", 7, "region=b", nil), ("name=a and region=b", 7, "and", "AND"),
            ("name=a or region=b", 7, "or", "OR"),
            ("name=a && region=b", 7, "&&", "AND"), ("name=a||region=b", 6, "||region=b", nil),
            ("name=a, b", 6, ",", "AND"),
            ("name=a AND region=b OR q:c", 20, "OR", "parentheses: (a=1 AND b=2) OR c=3"),
            ("name=a OR region=b AND q:c", 19, "AND", nil), ("(name=a AND region=b OR q:c)", 21, "OR", nil),
            ("name=a AND", 10, "", nil), ("AND name=a", 0, "AND", nil), ("name=a AND OR region=b", 11, "OR", nil),
            ("NOT NOT name=a", 4, "NOT", nil), ("NOT", 3, "", nil), ("--name=a", 1, "-name", nil),
            ("(name=a", 0, "(", "a closing one"),
            ("name=a)", 6, ")", nil), ("()", 1, ")", nil), ("(((((((((name=a)))))))))", 8, "(", nil),
            (")", 0, ")", nil),
            ("名=a", 0, "名=a", nil), ("name=a\u{3000}AND", 5, "a\u{3000}AND", "put the value in quotes"),
            ("name=\0", 5, "\0", nil),
            ("status=DEPLOYD", 7, "DEPLOYD", "DEPLOYED"), ("status=\"Failed\"", 7, "\"Failed\"", "FAILED"),
            ("cluster<a", 8, "a", "cluster_name"),
            ("name<a*", 5, "a*", #"\* for an asterisk"#), ("name:a*", 5, "a*", "= takes wildcards, as in name=*redis*"),
            ("label.=a", 0, "label.=a", "label.env=prod"), ("label.\"a*\"=a", 6, "\"a*\"=a", nil),
            ("labels=env", 7, "env", "labels:env or label.env=prod"),
            ("labels:*", 7, "*", nil), ("version=x", 8, "x", "a whole number"), ("version=1*", 8, "1*", nil),
            ("version=1.5", 8, "1.5", nil),
            ("version=9223372036854775808", 8, nil, nil), ("version=+1", 8, "+1", nil),
            ("severity=6", 9, "6", "0 (DEPLOYED) to 5 (FAILED)"),
            ("chart_version=\">=1.2\"", 14, nil, #"chart_version>=1.2, or semver(chart_version, ">=1.2 <2")"#),
            ("chart_version=^1.2", 14, "^1.2", nil), ("chart_version>latest", 14, "latest", nil),
            ("chart_version>1.*", 14, "1.*", nil),
            ("chart_version<\"=1.2\"", 14, nil, nil), ("chart_version>=01.2", 15, "01.2", nil),
            ("chart_public=yes", 13, "yes", nil), ("chart_public=True", 13, "True", "true"),
            ("chart_public>false", 13, "false", nil),
            ("update_at>7d", 10, "7d", "older(update_at, 7d) or newer(update_at, 7d)"),
            ("create_at=now", 10, "now", nil),
            ("update_at>\"2023-11-14T20:30:57 08:00\"", 10, nil, "a + in a query is a space: write %2B"),
            ("update_at>2023-11-14T20:30:57", 10, nil, "the offset is missing: add Z"),
            ("update_at:2023", 10, "2023", "update_at:* for any time"),
            ("q=redis", 2, "redis", "q:redis"), ("q:\" \u{3000}\"", 2, nil, "q:redis"), ("q:a*", 2, "a*", nil),
            ("stuk(15m)", 0, "stuk", "stuck"), ("stuck()", 0, "stuck", "stuck(15m)"),
            ("stuck(15)", 6, "15", "stuck(15m)"), ("stuck(15m", 9, "", "stuck(15m)"),
            ("stuck(15m 3)", 10, "3", nil), ("stuck(15m,)", 10, ")", nil), ("older(name, 7d)", 6, "name", "create_at"),
            ("older(update_at)", 0, "older", "older(update_at, 7d)"),
            ("newer(update_at, 1y)", 17, "1y", nil), ("semver(name, \">=1\")", 7, "name", nil),
            (#"semver(chart_version, ">=1.2 2")"#, 29, "2", nil),
            (#"semver(chart_version, "")"#, 22, "\"\"", nil), (#"semver(chart_version, "\>=1.2 2")"#, 22, "2", nil),
            ("all(1)", 0, "all", "all()"),
        ] as [(String, Int, String?, String?)])
    func `a refusal names the place and what was expected there`(
        text: String, position: Int, token: String?, hint: String?
    ) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.parameter == "filter")
        #expect(found.first?.detail.isEmpty == false)
        #expect(found.first?.position == position)
        if let token { #expect(found.first?.token == token) }
        if let hint { #expect(found.first?.hint == hint) }
    }

    @Test func `all that is wrong with terms is reported at once`() {
        let found = problems("nme=a AND status=X AND (version=y OR name=z) AND (")
        #expect(found.map(\.token) == ["nme", "X", "y", ""])
        #expect(found.map(\.position) == [0, 17, 32, 50])
    }

    @Test func `4 KiB, 64 terms, 8 levels and values of 256 bytes are the most`() throws {
        func repeated(_ piece: String, _ count: Int) -> String { Array(repeating: piece, count: count).joined() }
        let longest = "name=a" + repeated(" ", 4090)
        #expect(try canonical(longest) == "name=a")
        #expect(problems(longest + " ").map(\.position) == [4096])
        #expect(problems(repeated("name=a OR ", 63) + "name=a").isEmpty)
        #expect(problems(repeated("name=a OR ", 64) + "name=b").map(\.position) == [640])
        #expect(problems("q:\"" + repeated("a ", 65) + "\"").count == 1)
        #expect(problems("q:\"" + repeated("a ", 64) + "\"").isEmpty)
        #expect(problems(repeated("(", 8) + "name=a" + repeated(")", 8)).isEmpty)
        #expect(problems(repeated("-(", 8) + "name=a" + repeated(")", 8)).isEmpty)
        #expect(problems(repeated("(", 4000)).map(\.position) == [8])
        #expect(problems("name=" + repeated("a", 256)).isEmpty)
        #expect(problems("name=" + repeated("a", 257)).map(\.position) == [5])
        #expect(problems("semver(chart_version,\">=1" + repeated("0", 300) + "\")").count == 1)
        #expect(problems("label." + repeated("k", 317) + "=a").isEmpty)
        #expect(problems("label." + repeated("k", 318) + "=a").count == 1)
        #expect(problems(repeated("é", 200)).allSatisfy { $0.token?.utf8.count == 64 })
    }
}
