import Cryptography
import Foundation
import Gateway
import GatewayTestKit
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
}
