import GatewayTestKit
import Inbound
import Query
import ReleaseModel
import Testing
import Timing

@testable import API

@Suite struct FormatTests {
    private static let time = ManualTime()
    private static func fleet() -> Fleet {
        var fleet = Fleet()
        fleet.add("a", rows: (0..<3).map { .sample("default", "app-\($0)") }, at: time, labels: ["env": "prod"])
        fleet.add("b", rows: nil, at: time, failure: .unauthorized)
        return fleet
    }
    private func client(_ fleet: Fleet = Self.fleet()) throws -> Client {
        try Client(FakeSource(fleet.snapshot()), time: Self.time)
    }

    @Test(
        arguments: [
            (nil, nil, "application/json"), (nil, "*/*", "application/json"), ("ndjson", nil, "application/x-ndjson"),
            ("csv", "application/json", "text/csv"), ("text/plain", "image/png", "text/plain"),
            ("application%2Fx-ndjson", nil, "application/x-ndjson"), (nil, "text/csv", "text/csv"),
            (nil, "text/*", "text/plain"), (nil, "application/*", "application/json"),
            (nil, "text/csv;q=0.5, text/plain;q=0.6", "text/plain"),
            (nil, "text/csv, application/json", "application/json"),
            (nil, "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
            (nil, "application/json;q=0, */*", "application/x-ndjson"), (nil, "text/csv;header=absent", "text/csv"),
            (nil, "text/html", nil), (nil, "*/*;q=0", nil), (nil, "application/json;q=0", nil),
        ] as [(String?, String?, String?)])
    func `format decides, else the type that is wanted most`(format: String?, accept: String?, type: String?)
        async throws
    {
        for method in ["GET", "HEAD"] {
            let reply = try await client().get(
                "/releases" + (format.map { "?format=\($0)" } ?? ""), accept.map { [("accept", $0)] } ?? [],
                method: method)
            #expect(reply.status == (type == nil ? 406 : 200))
            let shown = reply.field("Content-Type")?.split(separator: ";").first.map(String.init)
            #expect(shown == type ?? "application/problem+json")
            if type != nil { #expect(reply.field("Release-Coverage")?.hasPrefix("targeted=2, fresh=1") == true) }
            if type == nil, method == "GET" {
                #expect(reply.code == "not_acceptable")
                #expect(reply.json["detail"].text?.contains("application/x-ndjson, text/plain, text/csv") == true)
            }
        }
    }
    @Test(arguments: ["ndjson", "csv"])
    func `a whole set has no pages`(format: String) async throws {
        for parameter in ["page_size=10", "page_token=x"] {
            let reply = try await client().get("/releases?format=\(format)&\(parameter)")
            #expect(reply.status == 400)
        }
        let walked = try await client().get("/releases?page_size=1")
        let token = try #require(walked.nextToken)
        #expect(try await client().get("/releases?format=\(format)&page_token=\(token)").status == 400)
    }
    @Test func `the format may change between pages`() async throws {
        let client = try client()
        let token = try #require(await client.get("/releases?page_size=1").nextToken)
        let reply = await client.get("/releases?page_size=1&format=text&page_token=\(token)")
        #expect(reply.status == 200)
        #expect(String(decoding: reply.body, as: UTF8.self).contains("app-1"))
        #expect(reply.next?.contains("format=text") == true)
    }
    @Test(arguments: ["ndjson", "csv", "text"])
    func `a problem is a problem whatever was asked for`(format: String) async throws {
        let fields = [(name: "accept", value: "text/csv")]
        for target in ["/releases?require=all", "/releases?statsu=x", "/releases?cluster_id=none"] {
            let reply = try await client().get("\(target)&format=\(format)", fields)
            #expect(reply.status >= 400 && reply.field("Content-Type") == "application/problem+json")
        }
    }
    @Test func `HTTP 1.0 gets no cells, since it could not see them cut short`() async throws {
        let client = try client()
        for (format, status) in [("csv", 406), ("ndjson", 200), ("json", 200)] {
            let request = InboundRequest(
                method: "GET", path: ["releases"], rawPath: "/releases", query: [("format", format)], isHTTP11: false)
            guard case .respond(let response) = client.handler.answerNow(request) else {
                Issue.record("\(format) waits")
                continue
            }
            #expect(response.status == status)
        }
    }
    @Test func `an explanation is JSON, whoever asks`() async throws {
        let client = try client()
        #expect(await client.get("/releases?explain=true&format=csv").status == 406)
        #expect(await client.get("/releases?explain=true", [("accept", "text/*")]).status == 406)
        #expect(await client.get("/releases?explain=true&format=json", [("accept", "text/*")]).status == 200)
    }
    @Test func `facets come with lines, and not where there is no place for them`() async throws {
        let lines = try await client().get("/releases?format=ndjson&facets=status").lines
        #expect(lines.last?["facets"]["status"][0]["count"] == .number(3))
        for format in ["csv", "text"] {
            #expect(try await client().get("/releases?format=\(format)&facets=status").status == 400)
        }
    }

    // MARK: - Lines

    @Test func `lines are the items of a page, and then what they cover`() async throws {
        let client = try client()
        for query in ["", "&fields=status", "&view=full", "&order_by=name%20desc", "&name=app-1", "&name=none"] {
            let page = await client.get("/releases?format=json\(query)").json
            let lines = await client.get("/releases?format=ndjson\(query)").lines
            #expect(Array(lines.dropLast()) == page["items"].elements)
            var record = page.members
            (record["items"], record["next_page_token"]) = (nil, nil)
            #expect(lines.last == .object(record))
        }
    }
    @Test func `a chart's rows are exported as they are paged`() async throws {
        let source = FakeSource(Self.fleet().snapshot())
        var chart = Fleet()
        chart.add("a", rows: [.sample("default", "of-the-chart")], at: Self.time)
        let snapshot = chart.snapshot()
        source.change { $0.chart = .success(snapshot) }
        let lines = try await Client(source, time: Self.time).get("/releases?format=ndjson&chart_id=x").lines
        #expect(lines.compactMap { $0["name"].text } == ["of-the-chart"])
    }

    // MARK: - Cells

    private func cells(_ query: String, _ fleet: Fleet = Self.fleet()) async throws -> [String] {
        let body = try await client(fleet).get("/releases?format=csv\(query)").body
        return String(decoding: body, as: UTF8.self).split(
            separator: "\r\n" as Character, omittingEmptySubsequences: false
        ).map(String.init)
    }
    @Test func `cells are the members of the rows, under their names`() async throws {
        let lines = try await cells("")
        #expect(lines.count == 5 && lines.last == "")
        #expect(
            lines[0] == "cluster_id,cluster_name,region,project_id,labels,namespace,name,version,chart_name,"
                + "chart_version,chart_public,status,status_description,create_at,update_at,stale")
        #expect(
            lines[1] == "c-a,a,cn-north-4,project-1,\"{\"\"env\"\":\"\"prod\"\"}\",default,app-0,1,magento-mysql,1.0.0,"
                + "false,DEPLOYED,Initial install underway,2023-11-14T12:30:57Z,2023-11-14T22:13:20Z,false")
        #expect(
            try await cells("&fields=status&name=app-1") == [
                "cluster_id,namespace,name,status", "c-a,default,app-1,DEPLOYED", "",
            ])
        let full = try await cells("&view=full")
        #expect(full[0].hasSuffix("update_at,description,parameters,values,resources,withheld,stale"))
        #expect(full[1].hasSuffix("Initial install underway,,,,[],false"))
        #expect(try await cells("&fields=values,status")[0] == "cluster_id,namespace,name,status,values,withheld")
        #expect(try await cells("&name=none").count == 2)
    }
    @Test func `cells say what the items of a page say, whatever rows and fields`() async throws {
        let seed = testSeed()
        for run in 0..<testRuns(default: 20) {
            var generator = SeededGenerator(seed: seed &+ UInt64(run))
            let source = FakeSource(CannedFleet(seed: seed &+ UInt64(run), clusters: 3, releases: 0...20).snapshot)
            let client = try Client(source, time: Self.time)
            let fields = ReleaseField.allCases.filter { _ in generator.chance(40) }.map(\.rawValue).joined(
                separator: ",")
            let query = generator.pick(["", "&view=full", fields.isEmpty ? "" : "&fields=\(fields)"])
            let items = await client.get("/releases?page_size=500\(query)").json["items"].elements
            let body = await client.get("/releases?format=csv\(query)").body
            let records = Self.records(body)
            let header = try #require(records.first)
            #expect(records.count == items.count + 1)
            for (record, item) in zip(records.dropFirst(), items) {
                #expect(Set(header) == Set(item.members.keys))
                for (name, cell) in zip(header, record) {
                    let plain = cell.first == "'" ? String(cell.dropFirst()) : cell
                    let isSame =
                        switch item[name] {
                        case .null: cell.isEmpty
                        case .text(let text): plain == VisibleText.showingControls(text, keepingLines: true)
                        case .number(let number): cell == String(Int(number))
                        case .flag(let flag): cell == String(flag)
                        default: JSONTree(parsing: Array(cell.utf8)) == item[name]
                        }
                    #expect(isSame, "seed \(seed), run \(run): \(name) is \(cell), not \(item[name])")
                }
            }
        }
    }
    /// All records of a body, the last CRLF apart.
    private static func records(_ body: [UInt8]) -> [[String]] {
        var records: [[String]] = []
        var start = 0
        var isQuoted = false
        for (index, byte) in body.enumerated() {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == 10, !isQuoted {
                records.append(parse(Array(body[start...index])))
                start = index + 1
            }
        }
        return records
    }
    @Test func `a set that lacks something is called incomplete`() async throws {
        let reply = try await client().get("/releases?format=csv")
        #expect(reply.field("Release-Complete") == "false")
        #expect(reply.field("Content-Disposition") == "attachment; filename=\"releases-incomplete.csv\"")
        let whole = try await client().get("/releases?format=csv&cluster=a")
        #expect(whole.field("Release-Complete") == "true")
        #expect(whole.field("Content-Disposition") == "attachment; filename=\"releases.csv\"")
    }
    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("a;b", "\"a;b\""),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "\"'\t=1\""), ("\r=1", "\"'\r=1\""),
        ("\n=1", "\"'\n=1\""), ("'=1", "''=1"), ("'", "''"), ("a=1", "a=1"), (" =1", "\" =1\""), ("x ", "\"x \""),
        ("=cmd|' /C calc'!A0, \"x\"", "\"'=cmd|' /C calc'!A0, \"\"x\"\"\""), ("a\r\nb", "\"a\r\nb\""),
        ("\u{0}a\u{1B}[31m\u{7F}", "␀a␛[31m␡"), ("\u{85}", "<U+0085>"), ("集群 é", "集群 é"),
    ])
    func `text in a cell runs nowhere and comes back`(text: String, cell: String) {
        var bytes: [UInt8] = []
        CSV.append(line: [.text(text), .null, .literal("-1"), .json("{}")], to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(cell),,-1,{}\r\n")
    }

    @Test func `cells of any text are read back by the rules of RFC 4180`() throws {
        let seed = testSeed()
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "=", "+", "-", "@", "'", "\"", ",", ";", "\r\n", "\n", "\r", "\t", " ", "a", "é", "集", "1", "", "|", "\\",
        ]
        for run in 0..<testRuns(default: 2000) {
            let texts = (0..<4).map { _ in
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in generator.pick(pieces) }.joined()
            }
            var bytes: [UInt8] = []
            CSV.append(line: texts.map { .text($0) }, to: &bytes)
            let cells = Self.parse(bytes)
            let plain = cells.map {
                $0.utf8.first == UInt8(ascii: "'") ? String(decoding: $0.utf8.dropFirst(), as: UTF8.self) : $0
            }
            #expect(plain.map { Array($0.utf8) } == texts.map { Array($0.utf8) }, "seed \(seed), run \(run): \(texts)")
            #expect(cells.allSatisfy { cell in cell.utf8.first.map { !"=+-@\t\r\n".utf8.contains($0) } ?? true })
        }
    }
    /// One record, its CRLF included: cells with and without quotes.
    private static func parse(_ bytes: [UInt8]) -> [String] {
        var cells: [[UInt8]] = [[]]
        var isQuoted = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    cells[cells.count - 1].append(byte)
                } else if index < bytes.count, bytes[index] == byte {
                    cells[cells.count - 1].append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                cells.append([])
            } else if byte == 13, index == bytes.count - 1, bytes[index] == 10 {
                break
            } else {
                cells[cells.count - 1].append(byte)
            }
        }
        return cells.map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: - The table

    @Test func `a table is aligned and tells what is missing`() async throws {
        var fleet = Self.fleet()
        fleet["a"].rows = [.sample("集群", "app", status: "FAILED"), .sample("shop", "a\u{202E}b")]
        fleet.add("c", rows: [], at: Self.time, dropped: 2)
        let reply = try await client(fleet).get("/releases?format=text")
        #expect(reply.field("Content-Type") == "text/plain; charset=utf-8")
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(
            text == """
                CLUSTER_NAME   NAMESPACE   NAME         VERSION   CHART_NAME      CHART_VERSION   STATUS     UPDATE_AT              STALE
                a              shop        a<U+202E>b   1         magento-mysql   1.0.0           DEPLOYED   2023-11-14T22:13:20Z   false
                a              集群        app          1         magento-mysql   1.0.0           FAILED     2023-11-14T22:13:20Z   false

                2 releases.
                INCOMPLETE: releases are missing above. Of 3 clusters 2 fresh, 0 stale, 1 missing, 0 skipped.
                  missing b (c-b), unauthorized
                  fresh c (c-c), invalid_response, 2 rows dropped

                """)
    }
    @Test func `a table tells that it is one page of more`() async throws {
        let fleet = Fleet.fresh(["a"], at: Self.time) { _ in (0..<3).map { .sample("default", "app-\($0)") } }
        let reply = try await client(fleet).get("/releases?format=text&page_size=2&fields=version")
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(
            text == """
                CLUSTER_ID   NAMESPACE   NAME    VERSION
                c-a          default     app-0   1
                c-a          default     app-1   1

                2 of 3 releases.
                More: the next page is in the field Link of this answer, and in next_page_token with format=json.
                1 cluster, all fresh.

                """)
        #expect(reply.next?.hasPrefix("/releases?format=text&page_size=2&fields=version&page_token=") == true)
        #expect(reply.field("ETag") != nil)
    }
    @Test(arguments: [
        ("abc", 3), ("é", 1), ("e\u{301}", 1), ("集群", 4), ("한", 2), ("ｱ", 1), ("Ａ", 2), ("🚀", 2), ("\u{200B}", 8),
        ("a\nb", 3), ("", 0),
    ])
    func `a character takes the columns of its width`(text: String, width: Int) {
        #expect(VisibleText.line(text).width == width)
    }
}
