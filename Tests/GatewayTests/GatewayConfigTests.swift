import API
import CCE
import Credentials
import Discovery
import Foundation
import Gateway
import GatewayTestKit
import Inbound
import Inventory
import Outbound
import Settings
import Signing
import Testing

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
private let environment = [
    "TEST_AK": "AKEXAMPLE1", "TEST_SK": "obviously-fake", "TEST_TOKEN": "obviously-fake", "SHORT_KEY": "short",
    "PORTAL_KEY": "obviously-fake", "EXPORTER_AK": "GWKEYEXAMPLE1",
    "EXPORTER_SK": "obviously-fake-secret-of-a-caller", "TOKEN_KEY": "obviously-fake-token-key",
    "CLOUD_SDK_AK": "AKEXAMPLE2", "CLOUD_SDK_SK": "obviously-fake",
]

private func problems(_ source: ConfigSource) -> [String] {
    do throws(InvalidConfig) {
        _ = try source.load()
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct GatewayConfigTests {
    @Test(arguments: ["whole", "least"])
    func `a good file has no problem`(name: String) {
        let path = fixtures.appending(path: "\(name).good.yaml").path
        #expect(problems(ConfigSource(path: path, environment: environment)) == [])
    }

    @Test(arguments: ["references", "budgets", "secrets", "nothing", "policies"])
    func `a bad file has all its problems told at once, each with its path and place`(name: String) throws {
        let path = fixtures.appending(path: "\(name).bad.yaml").path
        let expected = try #require(fileText(fixtures.appending(path: "\(name).bad.problems").path))
        let found = problems(ConfigSource(path: path, environment: environment))
        #expect(found.joined(separator: "\n") + "\n" == expected)
        #expect(!found.joined().contains("AKEXAMPLE"))
    }

    @Test func `every key of the design is known, with its value`() throws {
        let path = fixtures.appending(path: "whole.good.yaml").path
        let config = try ConfigSource(path: path, environment: environment).load()
        let same = GatewayConfig()
        // No value of the file is a default, so that one left unread would show.
        #expect(config.server != same.server && config.upstream != same.upstream && config.auth != same.auth)
        #expect(config.inventory != same.inventory && config.pages != same.pages)
        #expect(config.server.listen.description == "[::1]:18080")
        #expect((config.server.drainTimeout, config.upstream.deadline) == (.seconds(10), .seconds(20)))
        #expect(config.upstream.plainOrigins.map(\.description) == ["http://iam.example"])
        #expect(config.regions.map(\.id) == ["my-region-1"])
        #expect(config.credentials.first?.name == "prod")
        #expect(Set(config.credentials.map(\.kind)) == Set(CredentialKind.allCases))
        #expect(config.clusters.first?.labels == ["env": "prod", "on": "yes"])
        #expect(config.discovery.first?.interval == .seconds(600))
    }

    @Test func `without a file, keys in the environment and a region discover that region`() throws {
        let names = [["CLOUD_SDK_AK", "CLOUD_SDK_SK"], ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]]
        for keys in names {
            var environment = Dictionary(uniqueKeysWithValues: keys.map { ($0, "obviously-fake") })
            environment["HUAWEICLOUD_SDK_PROJECT_ID"] = "abc"
            let config = try ConfigSource(region: "cn-north-4", environment: environment).load()
            #expect(config.discovery.map(\.region) == ["cn-north-4"])
            #expect(config.discovery.map(\.credential) == config.credentials.map(\.name))
            #expect(config.discovery.first?.projectID == "abc")
            #expect(config.server.listen.isLoopback)
        }
    }

    @Test func `without a file and a key, the SDKs' chain is asked for one`() throws {
        let config = try ConfigSource(region: "cn-north-4", environment: [:]).load()
        #expect(config.credentials.map(\.kind) == [.chain])
        #expect(config.discovery.map(\.credential) == config.credentials.map(\.name))
    }

    @Test func `--region takes several, or all, and every project of theirs`() throws {
        let keys = ["CLOUD_SDK_AK": "a", "CLOUD_SDK_SK": "obviously-fake"]
        for (text, regions) in [
            ("cn-north-4", ["cn-north-4"]), ("cn-north-4,eu-west-0,cn-north-4", ["cn-north-4", "eu-west-0"]),
            ("all", ["all"]),
        ] {
            let config = try ConfigSource(region: text, environment: keys).load()
            #expect(config.discovery.map(\.region) == regions)
            #expect(config.discovery.allSatisfy { $0.projects == .all && $0.projectID == nil })
        }
        var environment = keys
        environment["HUAWEICLOUD_SDK_PROJECT_ID"] = "abc"
        for text in ["all", "cn-north-4,eu-west-0"] {
            #expect(
                problems(ConfigSource(region: text, environment: environment)) == [
                    "HUAWEICLOUD_SDK_PROJECT_ID names a project of one region: unset it, or give one --region"
                ])
        }
        environment = keys
        environment["HUAWEICLOUD_SDK_REGION_CCE_LAB_1"] = "http://127.0.0.1:9"
        environment["HUAWEICLOUD_SDK_REGION_IAM_LAB_1"] = "ftp://x"
        #expect(
            problems(ConfigSource(region: "lab-1", environment: environment)) == [
                "environment.HUAWEICLOUD_SDK_REGION_IAM_LAB_1: must begin with https://"
            ])
        environment["HUAWEICLOUD_SDK_REGION_IAM_LAB_1"] = nil
        let lab = try ConfigSource(region: "lab-1", environment: environment).load()
        #expect(lab.regionTable["lab-1"]?.cce.origin == "http://127.0.0.1:9")
        #expect(lab.upstream.plainOrigins.map(\.description) == ["http://127.0.0.1:9"])
    }

    @Test(
        arguments: [
            (
                nil, [:],
                "/etc/release-gateway/config.yaml is missing or empty: give --config, or --region with CLOUD_SDK_AK and CLOUD_SDK_SK in the environment"
            ),
            (
                nil, ["CLOUD_SDK_AK": "a", "CLOUD_SDK_SK": "b"],
                "/etc/release-gateway/config.yaml is missing or empty: give --config, or --region to discover what the account can see there"
            ),
            (
                "cn-north-5", ["CLOUD_SDK_AK": "a", "CLOUD_SDK_SK": "b"],
                "--region: \"cn-north-5\" is not in the built-in table; did you mean cn-north-1?"
            ),
            (
                "cn-north-4", ["CLOUD_SDK_AK": "a"],
                "environment.secretKey: the environment variable CLOUD_SDK_SK is not set"
            ),
        ] as [(String?, [String: String], String)])
    func `without a file, what is missing is told`(region: String?, environment: [String: String], problem: String) {
        #expect(problems(ConfigSource(region: region, environment: environment)) == [problem])
    }

    @Test func `a file that is gone or empty takes the place of none that said something`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        // With a region the rest of the file is not missed.
        let source = ConfigSource(path: file.path, region: "cn-north-4", environment: environment)
        func load(_ text: String) throws -> GatewayConfig {
            try Data(text.utf8).write(to: file)
            return try source.load()
        }
        let full = try load("auth: { anonymous: true }\n")
        let empty = try load("# being written\n")
        func problems(_ next: GatewayConfig, after before: GatewayConfig) -> [String] {
            next.problems(after: before, listeningOn: .loopback(port: 1)).map(\.description)
        }
        #expect(problems(empty, after: full) == ["the file is gone or empty"])
        #expect(problems(full, after: full) == [] && problems(full, after: empty) == [])
        #expect(problems(empty, after: empty) == [])
    }

    @Test func `a file that was asked for must be there, and --region does not go with named clusters`() {
        #expect(problems(ConfigSource(path: "/nowhere/at/all", environment: [:])) == ["No such file or directory"])
        let path = fixtures.appending(path: "least.good.yaml").path
        #expect(
            problems(ConfigSource(path: path, region: "cn-north-4", environment: environment)) == [
                "--region is for a configuration that names neither clusters nor discovery; this one does"
                    + " (line 1, column 1)"
            ])
    }
}
