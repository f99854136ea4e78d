import Cryptography
import Foundation
import Gateway
import GatewayTestKit
import Inbound
import ReleaseModel
import Settings
import Signing
import Simulation
import Testing

@Suite struct ReloadTests {
    @Test func `clusters that are taken out go, the others stay with their rows`() async throws {
        try await Harness.run { harness in
            try await harness.ready()
            let text = harness.configText("")
            let lines = text.split(separator: "\n")
            let last = try #require(lines.last)
            try harness.reconfigure(lines.dropLast().joined(separator: "\n"))
            let answer = try await eventually {
                let answer = try await harness.get("/v1/clusters")
                return answer.text.contains("\"total_size\":4") ? answer : nil
            }
            let gone = try #require(harness.fleet.allClusters.first { last.contains($0.id.text) })
            #expect(!answer.text.contains(gone.id.text))
            let releases = try await harness.get("/releases?page_size=500&require=all")
            #expect(releases.status == 200)
            #expect(releases.text.contains("\"total_size\":24"))
        }
    }

    @Test func `discovered clusters stay while discovery is configured anew`() async throws {
        try await Harness.run { harness in
            let text = harness.configText("", usesDiscovery: true)
                .replacing("kinds: [cce, autopilot]", with: "labels: { found: here }")
            try harness.reconfigure(text)
            _ = try await eventually {
                try await harness.get("/v1/clusters").text.split(separator: "\"found\":\"here\"").count == 6
                    ? true : nil
            }
            // The source hangs from now on; only what it found before is left.
            harness.fleet.setFault(.hang, on: .clusterList)
            let more = "\nclusters:\n  - { id: another, region: cn-north-4, credential: simulated }\n"
            try harness.reconfigure(text + more)
            _ = try await eventually {
                let answer = try await harness.get("/v1/clusters")
                guard !answer.text.contains("\"another\"") else {
                    #expect(answer.text.contains("\"total_size\":6"))
                    return true
                }
                #expect(answer.text.contains("\"total_size\":5"))
                return nil
            }
        }
    }

    @Test func `nothing is complete from when a silent source is added until it has answered`() async throws {
        try await Harness.run { harness in
            try await harness.ready()
            #expect(try await harness.get("/releases").text.contains("\"complete\":true"))
            harness.fleet.setFault(.status(403), on: .clusterList)
            let text = harness.configText("")
            let discovery = "\ndiscovery:\n  - { region: cn-north-4, credential: simulated, interval: 10s }\n"
            try harness.reconfigure(text + discovery)
            _ = try await eventually { () -> Bool? in
                let answer = try await harness.get("/releases").text
                guard answer.contains("discovery_failed") else { return nil }
                #expect(answer.contains("\"complete\":false"))
                #expect(answer.contains("cn-north-4 (cce, credential simulated, project "))
                #expect(answer.contains("forbidden_upstream"))
                return true
            }
            #expect(try await harness.get("/v1/clusters/none").status == 503)
            harness.fleet.clearFaults()
            // Anew, so that it does not wait for its next round.
            try harness.reconfigure(text + discovery.replacing("10s", with: "11s"))
            _ = try await eventually {
                let answer = try await harness.get("/releases").text
                return answer.contains("\"complete\":true") && !answer.contains("discovery_") ? true : nil
            }
            #expect(try await harness.get("/v1/clusters/none").status == 404)
        }
    }

    @Test func `a bad configuration keeps the old one and says so`() async throws {
        try await Harness.run { harness in
            try await harness.ready()
            try harness.reconfigure("clusters: []\nwhat: 1\n")
            _ = try await eventually { harness.log.all.first { $0.contains("the old one stays") } }
            #expect(
                harness.log.all.contains { $0.hasPrefix("error configuration not taken") && $0.contains("unknown key") }
            )
            #expect(try await harness.get("/v1/clusters").text.contains("\"total_size\":5"))
        }
    }

    @Test func `API keys count from the next request on, what needs a restart is named`() async throws {
        try await Harness.run { harness in
            try await harness.ready()
            #expect(try await harness.get("/releases").status == 200)
            let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  // of "test"
            let changes = "auth: { apiKeys: [{ name: a, sha256: \(digest) }] }\ninventory: { values: drop }\n"
            try harness.reconfigure(harness.configText(changes))
            _ = try await eventually { try await harness.get("/releases").status == 401 ? true : nil }
            let request = "GET /releases HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer test\r\n\r\n"
            #expect(try await RawClient.ask(request, port: harness.ports.main).status == 200)
            #expect(harness.log.all.contains("warning changes that count after a restart sections=inventory"))
        }
    }

    @Test func `a caller's key is exchanged in its file, and a file that is gone leaves it`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "caller-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("FAKE-OLD\n".utf8).write(to: file)
        try await Harness.run(settings: "auth: { apiKeys: [{ name: a, key: {file: \(file.path)} }] }\n") { harness in
            @Sendable func status(_ key: String) async throws -> Int {
                let request = "GET /releases HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n\r\n"
                return try await RawClient.ask(request, port: harness.ports.main).status
            }
            try await harness.ready()
            #expect(try await status("FAKE-OLD") == 200)
            #expect(try await status("FAKE-NEW") == 401)
            try Data("FAKE-NEW\n".utf8).write(to: file, options: .atomic)
            harness.gateway.lookAtFiles()
            _ = try await eventually { try await status("FAKE-NEW") == 200 ? true : nil }
            #expect(try await status("FAKE-OLD") == 401)
            try FileManager.default.removeItem(at: file)
            harness.gateway.lookAtFiles()
            _ = try await eventually { harness.log.all.first { $0.contains("path=auth.apiKeys[0].key") } }
            #expect(try await status("FAKE-NEW") == 200)
        }
    }

    @Test func `a key file that comes after the configuration that names it is found`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sk-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try await Harness.run { harness in
            try await harness.ready()
            let text = harness.configText("")
                .replacing("secretKey: {env: CLOUD_SDK_SK}", with: "secretKey: {file: \(file.path)}")
            try harness.reconfigure(text)
            _ = try await eventually { harness.log.all.first { $0.contains("cannot be read: No such file") } }
            let key = harness.fleet.options.credential.secretKey.bytes.revealed()
            try Data(key.utf8).write(to: file, options: .atomic)
            harness.gateway.lookAtFiles()
            _ = try await eventually { harness.log.all.first { $0.hasPrefix("info configuration read again") } }
        }
    }

    @Test func `a bad configuration does not hide that a key has changed`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sk-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let inventory = "inventory: { minRefreshInterval: 0s }\n"
        try await Harness.run(settings: inventory) { harness in
            try await harness.ready()
            try Data(harness.fleet.options.credential.secretKey.bytes.revealed().utf8).write(to: file)
            let text = harness.configText(inventory)
                .replacing("secretKey: {env: CLOUD_SDK_SK}", with: "secretKey: {file: \(file.path)}")
            try harness.reconfigure(text)
            _ = try await eventually { harness.log.all.first { $0.hasPrefix("info configuration read again") } }
            try Data("obviously-fake-and-wrong".utf8).write(to: file, options: .atomic)
            try harness.reconfigure("what: 1\n")
            _ = try await eventually { harness.log.all.first { $0.contains("the old one stays") } }
            _ = try await eventually {
                let answer = try await harness.get("/releases?page_size=1&max_age=0&wait=10s")
                return answer.text.contains("\"reason\":\"unauthorized\"") ? true : nil
            }
        }
    }

    @Test func `an address that others reach is not opened to all of them by a configuration that leaves it`()
        async throws
    {
        let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  // of "test"
        let open = "server: { listen: \"0.0.0.0:0\", adminListen: \"127.0.0.1:0\", shutdownDelay: 0s }\n"
        try await Harness.run(settings: "\(open)auth: { apiKeys: [{ name: a, sha256: \(digest) }] }\n") { harness in
            try await harness.ready()
            // Good by itself: a loopback address needs no key. But the socket stays where it is.
            try harness.reconfigure(harness.configText(""))
            let outcome = try await eventually {
                harness.log.all.first { $0.contains("the old one stays") || $0.contains("configuration read again") }
            }
            #expect(outcome.contains("path=auth"))
            #expect(try await harness.get("/releases").status == 401)
            try harness.reconfigure(harness.configText("auth: { anonymous: true }\n"))
            _ = try await eventually { try await harness.get("/releases").status == 200 ? true : nil }
        }
    }
}
