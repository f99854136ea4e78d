import Cryptography
import Foundation
import Gateway
import GatewayTestKit
import Locking
import Settings
import Signing
import Simulation
import Testing

@Suite struct KeyRotationTests {
    @Test func `a changed key file is used without a restart, a bad one costs no rows`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sk-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        @Sendable func write(_ secret: String) throws { try Data(secret.utf8).write(to: file, options: .atomic) }
        let inventory = "inventory: { minRefreshInterval: 0s }\n"
        try await Harness.run(settings: inventory) { harness in
            try await harness.ready()
            let good = harness.fleet.options.credential.secretKey.bytes.revealed()
            let live = "/releases?page_size=1&max_age=0&wait=10s"
            let text = harness.configText(inventory)
                .replacing("secretKey: {env: CLOUD_SDK_SK}", with: "secretKey: {file: \(file.path)}")

            // Not there: the configuration is not taken, and the old key goes on.
            try harness.reconfigure(text)
            _ = try await eventually { harness.log.all.first { $0.contains("cannot be read: No such file") } }
            #expect(try await harness.get(live).text.contains("\"fresh\":5"))

            // A wrong one: calls are refused, the rows stay and say how they stand.
            try write("obviously-fake-and-wrong")
            try harness.reconfigure(text)
            // No call is under way while the key changes: one signed with the new key on the old one's permit would
            // count against it.
            _ = try await eventually { harness.log.all.first { $0.hasPrefix("info configuration read again") } }
            let refused = try await eventually {
                let answer = try await harness.get(live).text
                return answer.contains("\"reason\":\"unauthorized\"") ? answer : nil
            }
            #expect(refused.contains("\"total_size\":\(harness.fleet.allKeys.count)"))
            #expect(harness.fleet.calls.badSignatureCount == 1)

            // Mended, and found by looking at the files alone.
            try write(good + "\n")
            harness.gateway.lookAtFiles()
            _ = try await eventually { try await harness.get(live).text.contains("\"fresh\":5") ? true : nil }
            #expect(harness.log.all.contains { $0.hasPrefix("info keys read again") })
            #expect(!harness.log.all.joined().contains("obviously-fake"))
        }
    }

    @Test func `under load a key is replaced and the old one refused, and no request shows it`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        @Sendable func write(_ key: Credential) throws {
            let texts = ["ak": key.accessKey, "sk": key.secretKey.bytes.revealed()]
            for (name, text) in texts {
                try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
            }
        }
        let inventory = "inventory: { minRefreshInterval: 0s }\n"
        try await Harness.run(clusters: 20, settings: inventory) { harness in
            try await harness.ready()
            let old = harness.fleet.options.credential
            try write(old)
            try harness.reconfigure(
                harness.configText(inventory)
                    .replacing("secretKey: {env: CLOUD_SDK_SK}", with: "secretKey: {file: \(folder.path)/sk}")
                    .replacing("accessKey: {env: CLOUD_SDK_AK}", with: "accessKey: {file: \(folder.path)/ak}"))
            _ = try await eventually { harness.log.all.first { $0.hasPrefix("info configuration read again") } }
            harness.fleet.setFault(.latency(.milliseconds(20)), on: .everyCluster)

            let answered = Lock(0)
            let isOver = Lock(false)
            @Sendable func count(_ more: Int) async throws {
                let goal = answered.withLock { $0 } + more
                _ = try await eventually { answered.withLock { $0 } >= goal ? true : nil }
            }
            let wrong = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var wrong: [String] = []
                        while !isOver.withLock({ $0 }) {
                            let text = try await harness.get("/releases?page_size=1&max_age=0&wait=20s").text
                            if !text.contains("\"fresh\":20") { wrong.append(String(text.suffix(700))) }
                            answered.withLock { $0 += 1 }
                        }
                        return wrong
                    }
                }
                try await count(20)
                for round in 1...3 {
                    let key = Credential(
                        accessKey: "AKEXAMPLEROTATED\(round)", secretKey: Secret("obviously-fake-\(round)".utf8))
                    harness.fleet.accept([harness.fleet.accepted[0], key])
                    let before = harness.log.all.filter { $0.hasPrefix("info keys read again") }.count
                    try write(key)
                    harness.gateway.lookAtFiles()
                    _ = try await eventually {
                        harness.log.all.filter { $0.hasPrefix("info keys read again") }.count > before ? true : nil
                    }
                    // In the middle of what is under way.
                    harness.fleet.accept([key])
                    try await count(40)
                }
                isOver.withLock { $0 = true }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(wrong.isEmpty, "\(wrong.count) of \(answered.withLock { $0 }): \(wrong.first ?? "")")
            let told = harness.log.all.filter { $0.hasPrefix("warning") || $0.hasPrefix("error") }
            #expect(told.isEmpty, "\(told)")
        }
    }
}
