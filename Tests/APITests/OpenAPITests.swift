import GatewayTestKit
import Query
import ReleaseModel
import Testing
import Timing

@testable import API

/// The document and the code say the same, both ways.
@Suite struct OpenAPITests {
    private let document = JSONTree(parsing: OpenAPIDocument.json)

    @Test func `document and routes name the same paths and methods`() {
        let routes = Set(RouteTable.main.routes.map(\.template))
        #expect(Set(document["paths"].members.keys) == routes)
        for (path, item) in document["paths"].members {
            // HEAD and OPTIONS are the same everywhere, which the description says once.
            #expect(Array(item.members.keys) == ["get"], "\(path)")
        }
        // What only operators reach is described in docs/metrics.md.
        #expect(Set(RouteTable.admin.routes.map(\.template)).subtracting(routes) == ["/metrics"])
    }
    @Test func `document and routes name the same parameters`() {
        for route in RouteTable.main.routes {
            let parameters = document["paths"][route.template]["get"]["parameters"].elements.map(resolved)
            let inPath = parameters.filter { $0["in"] == .text("path") }.compactMap { $0["name"].text }
            let inQuery = parameters.filter { $0["in"] == .text("query") }.compactMap { $0["name"].text }
            let braced = route.template.split(separator: "/").filter { $0.first == "{" }
                .map { String($0.dropFirst().dropLast()) }
            #expect(inPath == braced)
            #expect(parameters.count == inPath.count + inQuery.count)
            let known = (route.endpoint.parameters ?? []).map { $0 == "label." ? "label.{key}" : $0 }
            #expect(Set(inQuery) == Set(known), "\(route.template)")
            #expect(inQuery.count == known.count)
        }
    }
    @Test func `every parameter in the document is used, and an example of it is taken`() async throws {
        let time = ManualTime()
        let client = try Client(FakeSource(Fleet.fresh(["a"], at: time).snapshot()), time: time)
        for (key, parameter) in document["components"]["parameters"].members {
            let name = parameter["name"].text == "label.{key}" ? "label.env" : parameter["name"].text ?? ""
            #expect(key == "label" || key == name)
            guard parameter["example"] != .nothing else {
                #expect(name == "page_token")
                continue
            }
            let value =
                switch parameter["example"] {
                case .text(let text): text
                case .number(let number): String(Int(number))
                case .flag(let flag): String(flag)
                case .array(let values): values.compactMap(\.text).joined(separator: ",")
                default: ""
                }
            let query = NextLink.value(path: "/releases", query: [(name, value)], token: "x")
            let target = query.dropFirst().prefix { $0 != ">" }.dropLast("&page_token=x".count)
            let reply = await client.get(String(target))
            #expect(reply.code != "invalid_parameter", "\(target)")
        }
    }
    @Test func `the document's closed sets are the code's`() {
        func set(_ name: String) -> Set<String?> { Set(schema(name)["enum"].elements.map(\.text)) }
        #expect(set("ProblemCode") == Set(ProblemCode.allCases.map(\.rawValue)))
        #expect(set("CoverageState") == Set(Coverage.State.allCases.map(\.rawValue)))
        #expect(set("CoverageReason") == Set(Reason.allCases.map(\.rawValue)))
        #expect(set("ReleaseField") == Set(ReleaseField.allCases.map(\.rawValue)))
        #expect(
            Set(schema("Release")["properties"].members.keys)
                == Set(ReleaseField.allCases.map(\.rawValue) + ["withheld"]))
    }
    @Test func `every reference leads somewhere`() {
        var references: [String] = []
        func collect(_ tree: JSONTree) {
            for (name, value) in tree.members {
                if name == "$ref", let text = value.text { references.append(text) } else { collect(value) }
            }
            for value in tree.elements { collect(value) }
        }
        collect(document)
        #expect(references.count > 100)
        for reference in references { #expect(target(of: reference) != .nothing, "\(reference)") }
        for (kind, parts) in document["components"].members where kind != "securitySchemes" {
            for name in parts.members.keys {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind) \(name) is not used")
            }
        }
    }
    @Test func `every example fits its schema`() {
        var count = 0
        func visit(_ tree: JSONTree) {
            let content = tree["schema"]
            if content != .nothing {
                for (name, example) in tree["examples"].members {
                    count += 1
                    #expect(faults(resolved(example)["value"], content).isEmpty, "\(name)")
                }
            }
            for value in tree.members.values { visit(value) }
            for value in tree.elements { visit(value) }
        }
        visit(document)
        #expect(count >= 14)
    }

    // MARK: - Real answers

    private func fleet(_ time: ManualTime) -> Fleet {
        var fleet = Fleet()
        let heavy = HeavyFields(values: .withheld)
        fleet.add(
            "a", rows: (0..<3).map { .sample("default", "app-\($0)", heavy: heavy) }, at: time, labels: ["env": "x"],
            dropped: 2)
        fleet.add("b", rows: nil, at: time, failure: .unauthorized)
        fleet.add("c", rows: [Release(namespace: "n", name: "bare")], at: time, ago: .seconds(100), failure: .timeout)
        fleet["c"].standing.retryAt = time.wall
        fleet.add("d", rows: nil, at: time, skip: .hibernated)
        return fleet
    }

    @Test(arguments: [
        ("/releases", "/releases"), ("/releases?page_size=1&view=full&coverage=all", "/releases"),
        ("/v1/releases?page_size=9999&cluster=a,zz", "/v1/releases"), ("/releases?fields=status", "/releases"),
        ("/releases?facets=status,label.env,chart_name&status=DEPLOYED", "/releases"),
        ("/releases?facets=stats", "/releases"), ("/releases?format=ndjson", "/releases"),
        ("/v1/releases?format=ndjson&view=full&facets=status", "/v1/releases"),
        ("/releases?format=csv&name=app-1", "/releases"), ("/releases?format=csv&cluster=c", "/releases"),
        ("/releases?format=text&page_size=1", "/releases"), ("/releases?format=xml", "/releases"),
        ("/releases?explain=true&filter=name:app", "/releases"),
        ("/v1/releases?explain=true&chart_id=x", "/v1/releases"),
        ("/releases?filter=name=a%20AND", "/releases"),
        ("/releases?order_by=nme", "/releases"), ("/releases?require=all", "/releases"),
        ("/releases?page_token=x", "/releases"), ("/releases?cluster_id=none", "/releases"),
        ("/v1/releases/c-a/default/app-0", "/v1/releases/{cluster_id}/{namespace}/{name}"),
        ("/v1/releases/c-a/default/app-0?view=full", "/v1/releases/{cluster_id}/{namespace}/{name}"),
        ("/v1/releases/c-c/n/bare", "/v1/releases/{cluster_id}/{namespace}/{name}"),
        ("/v1/releases/c-b/n/bare", "/v1/releases/{cluster_id}/{namespace}/{name}"),
        ("/v1/clusters", "/v1/clusters"), ("/v1/clusters?page_size=1", "/v1/clusters"),
        ("/v1/clusters?state=x", "/v1/clusters"), ("/v1/clusters/c-c", "/v1/clusters/{cluster_id}"),
        ("/v1/clusters/zz", "/v1/clusters/{cluster_id}"),
        ("/v1/summary?group_by=chart_name,label.env,version&page_size=1", "/v1/summary"),
        ("/v1/summary?group_by=chart_public&status=DEPLOYED&coverage=all", "/v1/summary"),
        ("/v1/summary", "/v1/summary"), ("/v1/summary?group_by=name&require=all", "/v1/summary"),
        ("/v1/summary?group_by=name&page_token=x", "/v1/summary"), ("/v1/fields", "/v1/fields"),
        ("/v1/fields?x=1", "/v1/fields"), ("/v1/fields/version/values", "/v1/fields/{field}/values"),
        ("/v1/fields/name/values?prefix=APP&page_size=1", "/v1/fields/{field}/values"),
        ("/v1/fields/nam/values", "/v1/fields/{field}/values"),
        ("/v1/fields/name/values?cluster_id=none", "/v1/fields/{field}/values"), ("/livez", "/livez"),
        ("/v1/access", "/v1/access"),
        ("/readyz", "/readyz"),
        ("/openapi.yaml", "/openapi.yaml"), ("/openapi.json", "/openapi.json"),
    ])
    func `a real answer is one that the document describes`(target: String, path: String) async throws {
        let time = ManualTime()
        var fleet = fleet(time)
        let source = FakeSource(fleet.snapshot())
        let client = try Client(source, time: time)
        for accept in ["*/*", "text/html", "*/*;q=0.9"] {
            // At last with a silent source of clusters.
            if accept.hasSuffix("0.9") {
                fleet.gaps = [DiscoveryGap(region: "r", kind: .cce, credential: "prod", flaw: .pending)]
                source.serve(fleet.snapshot())
            }
            let reply = await client.get(target, [("accept", accept)])
            let response = resolved(document["paths"][path]["get"]["responses"][String(reply.status)])
            try #require(response != .nothing, "\(reply.status) is not described for \(path)")
            let type = reply.field("Content-Type")?.split(separator: ";").first.map(String.init) ?? ""
            for name in response["headers"].members.keys {
                switch name {
                case "Link": if reply.nextToken == nil { continue }
                case "ETag": if type == "application/x-ndjson" || type == "text/csv" { continue }
                case "Content-Disposition", "Release-Complete": if type != "text/csv" { continue }
                default: break
                }
                let value = try #require(reply.field(name), "\(name) is promised")
                let schema = resolved(response["headers"][name])["schema"]
                let shown = schema["type"] == .text("integer") ? Double(value).map(JSONTree.number) : .text(value)
                #expect(faults(shown ?? .nothing, schema).isEmpty, "\(name)")
            }
            let content = response["content"][type]
            try #require(content != .nothing, "\(type) is not described for \(reply.status) of \(path)")
            let text = JSONTree.text(String(decoding: reply.body, as: UTF8.self))
            let bodies = type.hasSuffix("ndjson") ? reply.lines : [type.hasSuffix("json") ? reply.json : text]
            for body in bodies {
                let found = faults(body, content["schema"])
                #expect(found.isEmpty, "\(found)")
            }
        }
    }
    @Test func `the check of schemas finds what is wrong`() {
        let page = resolved(JSONTree.object(["$ref": .text("#/components/examples/ReleasePage")]))["value"]
        let schema = JSONTree.object(["$ref": .text("#/components/schemas/ReleasePage")])
        #expect(faults(page, schema).isEmpty)
        for member in page.members.keys {
            var broken = page.members
            broken[member] = nil
            #expect(!faults(.object(broken), schema).isEmpty, "without \(member)")
            broken[member] = .flag(true)
            if member != "complete" { #expect(!faults(.object(broken), schema).isEmpty, "\(member) as a flag") }
        }
        var extended = page.members
        extended["more"] = .null
        #expect(!faults(.object(extended), schema).isEmpty)
        var deep = page.members
        deep["warnings"] = .array([.object(["code": .text("unheard_of"), "message": .text("")])])
        #expect(!faults(.object(deep), schema).isEmpty)
    }

    // MARK: - As much of JSON Schema as the document uses

    private func schema(_ name: String) -> JSONTree { document["components"]["schemas"][name] }
    private func target(of reference: String) -> JSONTree {
        reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] }
    }
    private func resolved(_ tree: JSONTree) -> JSONTree { tree["$ref"].text.map(target) ?? tree }

    /// What about `value` does not fit `schema`; empty when all does.
    private func faults(_ value: JSONTree, _ schema: JSONTree, at place: String = "$") -> [String] {
        let schema = resolved(schema)
        var found: [String] = []
        if schema.members.isEmpty { found.append("\(place): no schema") }
        for (keyword, rule) in schema.members {
            switch keyword {
            case "type":
                let types = rule.elements.isEmpty ? [rule] : rule.elements
                if !types.contains(where: { $0.text.map(value.hasType) ?? false }) {
                    found.append("\(place): is not \(types.compactMap(\.text))")
                }
            case "enum": if !rule.elements.contains(value) { found.append("\(place): is none of the set") }
            case "const": if rule != value { found.append("\(place): is not the constant") }
            case "oneOf":
                if rule.elements.filter({ faults(value, $0, at: place).isEmpty }).count != 1 {
                    found.append("\(place): not one of")
                }
            case "required":
                for name in rule.elements.compactMap(\.text) where value[name] == .nothing {
                    found.append("\(place): \(name) is missing")
                }
            case "properties":
                for (name, inner) in rule.members where value[name] != .nothing {
                    found += faults(value[name], inner, at: "\(place).\(name)")
                }
            case "additionalProperties":
                for (name, inner) in value.members where schema["properties"][name] == .nothing {
                    if rule == .flag(false) {
                        found.append("\(place): \(name) is not known")
                    } else {
                        found += faults(inner, rule, at: "\(place).\(name)")
                    }
                }
            case "items":
                for (index, element) in value.elements.enumerated() {
                    found += faults(element, rule, at: "\(place)[\(index)]")
                }
            case "pattern":
                if let text = value.text, let pattern = rule.text, let regex = try? Regex(pattern),
                    text.wholeMatch(of: regex) == nil
                {
                    found.append("\(place): does not match")
                }
            case "format":
                if rule == .text("date-time"), let text = value.text, Instant(rfc3339: text) == nil {
                    found.append("\(place): is no time")
                }
            case "minimum":
                if let number = value.number, number < rule.number ?? 0 { found.append("\(place): too small") }
            case "maximum":
                if let number = value.number, number > rule.number ?? 0 { found.append("\(place): too large") }
            case "minLength": if value.text?.isEmpty == true { found.append("\(place): empty") }
            case "maxItems": if value.elements.count > rule.number ?? 0 { found.append("\(place): too many") }
            case "description", "default", "example": break
            default: found.append("\(place): the check does not know \(keyword)")
            }
        }
        return found
    }
}

extension JSONTree {
    fileprivate func hasType(_ name: String) -> Bool {
        switch (name, self) {
        case ("object", .object), ("array", .array), ("string", .text), ("boolean", .flag), ("null", .null): true
        case ("integer", .number(let number)): number == number.rounded()
        case ("number", .number): true
        default: false
        }
    }
}
