import CCE
import Settings
import Testing

@Suite struct RegionTests {
    @Test func `all 33 regions are built in`() {
        let table = RegionTable()
        #expect(table.ids.count == 33)
        for id in table.ids {
            let region = table[id]
            let domain = id == "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com"
            #expect(region?.cce.origin == "https://cce.\(id).\(domain)")
            let isGlobal = ["cn-north-11", "cn-south-4", "ap-southeast-5", "af-north-1", "ru-northwest-2"].contains(id)
            #expect(region?.iam.origin == (isGlobal ? "https://iam.\(domain)" : "https://iam.\(id).\(domain)"))
        }
        #expect(table["mars-1"] == nil)
    }

    @Test(arguments: [
        ("https://cce.example.com", "https://cce.example.com", "cce.example.com"),
        ("cce.example.com", "https://cce.example.com", "cce.example.com"),
        ("HTTPS://CCE.Example.com/", "https://cce.example.com", "cce.example.com"), ("https://h:443", "https://h", "h"),
        ("https://h:8443/", "https://h:8443", "h:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.9.8.7", "http://127.9.8.7", "127.9.8.7"), ("http://localhost:80", "http://localhost", "localhost"),
        ("http://[::1]:9", "http://[::1]:9", "[::1]:9"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]", "[2001:db8::1]"),
    ])
    func `an endpoint is scheme, host and port`(text: String, origin: String, host: String) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.origin == origin && endpoint.host == host)
    }
    @Test(arguments: [
        "", "https://", "https:///", "https://h/path", "https://h?x", "https://h#x", "https://u:p@h", "https://h:0",
        "https://h:65536",
        "https://h:", "https://h:+1", "https://h:1:2", "ftp://h", "https://h\r\n", "https://a b", "https://[::1",
        "https://[]", "https://[::1]x",
        "https://é", "http://cce.example.com", "http://127.0.0.1.example.com", "http://128.0.0.1", "http://127.0.0.256",
        "http://localhost.example.com", "http://[::2]",
    ])
    func `anything else is refused, and so is http to the outside`(text: String) {
        #expect(throws: Endpoint.Invalid.self) { try Endpoint(text) }
    }
    @Test func `http to the outside needs to be called insecure`() throws {
        #expect(try Endpoint("http://cce.example.com", insecure: true).origin == "http://cce.example.com")
    }

    private func read(_ yaml: String) throws -> (regions: [RegionConfig], problems: [String]) {
        let root = try Section(yaml: yaml.utf8)
        let regions = RegionConfig.all(reading: root)
        return (regions, root.problems.map(\.path))
    }

    @Test func `a configured region takes the built-in one's place, part by part`() throws {
        let (regions, problems) = try read(
            """
            regions:
              - { id: cn-north-4, cceEndpoint: "http://127.0.0.1:18080" }
              - { id: lab-1, cceEndpoint: "http://cce.lab", iamEndpoint: "http://iam.lab", insecure: true }
            """)
        #expect(problems.isEmpty)
        let table = RegionTable(configured: regions)
        #expect(table["cn-north-4"]?.cce.origin == "http://127.0.0.1:18080")
        #expect(table["cn-north-4"]?.iam.origin == "https://iam.cn-north-4.myhuaweicloud.com")
        #expect(table["lab-1"]?.iam.origin == "http://iam.lab")
        #expect(table.ids.count == 34)
    }
    @Test(arguments: [
        ("regions: [{ id: lab-1 }]", ["regions[0].cceEndpoint", "regions[0].iamEndpoint"]),
        ("regions: [{ cceEndpoint: \"https://a\" }]", ["regions[0].id"]), ("regions: [{ id: A_B }]", ["regions[0].id"]),
        ("regions: [{ id: cn-north-4, cceEndpoint: \"http://cce.lab\" }]", ["regions[0].cceEndpoint"]),
        ("regions: [{ id: cn-north-4 }, { id: cn-north-4 }]", ["regions[1].id"]),
        ("regions: [{ id: cn-north-4, endpoint: x }]", ["regions[0].endpoint"]),
    ])
    func `every problem is told with its path`(yaml: String, paths: [String]) throws {
        #expect(try read(yaml).problems == paths)
    }

    private func overridden(
        _ variables: [String: String], file: String? = nil, ids: [String] = []
    ) throws -> (table: RegionTable, overrides: RegionOverrides, problems: [String]) {
        var problems: [Problem] = []
        let section = try file.map { try Section(yaml: $0.utf8) }
        let overrides = RegionOverrides(of: RegionTable().ids + ids, file: section, problems: &problems) {
            variables[$0]
        }
        return (RegionTable(overrides: overrides), overrides, problems.map(\.path))
    }

    @Test func `the environment says where regions are, before the SDKs' file and the built-in table`() throws {
        let (table, overrides, problems) = try overridden(
            [
                "HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4": "cce.lab, https://other.lab",
                "HUAWEICLOUD_SDK_REGION_IAM_CN_NORTH_1": "https://iam.one",
                "HUAWEICLOUD_SDK_IAM_ENDPOINT": "http://127.0.0.1:9", "HUAWEICLOUD_SDK_REGION_CCE_LAB_1": "cce.new",
            ],
            file: """
                CCE:
                  - { id: cn-north-4, endpoint: "https://ignored" }
                  - { id: cn-east-3, endpoints: ["https://cce.east", "https://second"] }
                  - { id: lab-2, endpoint: "https://cce.lab2", extra: 1 }
                ECS: [ { id: cn-north-4, endpoint: "ftp://what" } ]
                """, ids: ["lab-1"])
        #expect(problems == [])
        #expect(table["cn-north-4"]?.cce.origin == "https://cce.lab")
        #expect(table["cn-east-3"]?.cce.origin == "https://cce.east")
        #expect(table["cn-east-2"]?.cce.origin == "https://cce.cn-east-2.myhuaweicloud.com")
        #expect(table["cn-north-1"]?.iam.origin == "https://iam.one")
        #expect(table["cn-north-4"]?.iam.origin == "http://127.0.0.1:9")
        #expect(table["lab-1"]?.cce.origin == "https://cce.new" && table["lab-2"]?.cce.origin == "https://cce.lab2")
        #expect(table["lab-3"] == nil && table.ids.count == 35)
        #expect(table.iamOfAllRegions?.origin == "http://127.0.0.1:9")
        let root = try Section(
            yaml: "regions: [{ id: cn-north-4, cceEndpoint: \"https://a\" }, { id: lab-1 }]".utf8)
        let configured = RegionConfig.all(reading: root, in: table)
        #expect(root.problems == [] && configured.map(\.cce.origin) == ["https://a", "https://cce.new"])
        #expect(configured.map(\.iam.origin) == ["http://127.0.0.1:9", "http://127.0.0.1:9"])
        #expect(RegionTable(configured: configured, overrides: overrides)["cn-north-4"]?.cce.origin == "https://a")
    }
    @Test func `what cannot be used is named by its variable or its place in the file`() throws {
        let (table, _, problems) = try overridden(
            [
                "HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4": "http://outside.example",
                "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://h/path",
            ], file: "CCE: [ { endpoint: a }, { id: x }, { id: y, endpoint: 'a b' } ]\n")
        #expect(
            Set(problems) == [
                "environment.HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4", "environment.HUAWEICLOUD_SDK_IAM_ENDPOINT",
                "regions.yaml.CCE[0].id", "regions.yaml.CCE[1].endpoints", "regions.yaml.CCE[2].endpoint",
            ])
        #expect(table["cn-north-4"] == RegionTable()["cn-north-4"])
    }
    @Test(arguments: [
        ("cn-north-4", "cn-north-4"), ("cn-north-4_dev", "cn-north-4"), ("cn-north-4_a_b", "cn-north-4"), ("MOS", nil),
        ("cn-north-44", "cn-north-44"), ("xx-mars-1_dev", "xx-mars-1"), ("", nil), ("_x", nil), ("mars-1", nil),
        ("my-own-name", nil), ("CN-north-4", nil), ("a-b-1", nil), ("cn--4", nil),
    ])
    func `a project's name says which region it is in`(name: String, region: String?) {
        #expect(RegionTable().region(ofProject: name) == region)
    }
    @Test(arguments: [
        ([], "https://iam.myhuaweicloud.com"), (["https://a"], "https://a"), (["https://a", "https://a"], "https://a"),
        (["https://a", "https://b"], nil),
    ])
    func `one IAM knows the projects of all regions`(configured: [String], origin: String?) throws {
        let regions = try configured.enumerated().map {
            RegionConfig(id: "lab-\($0.offset)", cce: try Endpoint("https://cce"), iam: try Endpoint($0.element))
        }
        #expect(RegionTable(configured: regions).iamOfAllRegions?.origin == origin)
    }
}
