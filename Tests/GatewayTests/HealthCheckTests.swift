import Foundation
import Gateway
import GatewayTestKit
import Testing

@Suite struct HealthCheckTests {
    private func withConfig(_ text: String, _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "health-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(file.path)
    }

    @Test(
        arguments: [
            ("server: { adminListen: \"0.0.0.0:19090\" }", "http://127.0.0.1:19090/livez"),
            ("server: { adminListen: \"[::]:19090\" }", "http://[::1]:19090/livez"),
            ("server: { adminListen: \"10.1.2.3:9\" }", "http://10.1.2.3:9/livez"),
            ("server: { what: 1 }", "http://127.0.0.1:9090/livez"),
            ("- not a mapping", "http://127.0.0.1:9090/livez"),
        ])
    func `the admin listener is asked from its own machine`(text: String, url: String) async throws {
        try await withConfig(text) { path in
            #expect(ConfigSource(path: path, environment: [:]).livenessURL == url)
        }
    }

    @Test func `200 is well, anything else is not, and neither is silence`() async throws {
        let answers = ["200 OK", "503 Service Unavailable", "302 Found\r\nLocation: /livez"]
        for (index, answer) in answers.enumerated() {
            let peer = try RawPeer(
                .readHead, .text("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n"), .close)
            defer { peer.stop() }
            let result = try await onThread {
                try Command.run(["healthcheck", "--url", "http://127.0.0.1:\(peer.port)/livez", "--timeout", "30s"])
            }
            #expect(result.code == (index == 0 ? 0 : 1))
            #expect(result.errors.isEmpty == (index == 0))
        }
        let mute = try RawPeer(.readHead, .stall)
        defer { mute.stop() }
        let result = try await onThread {
            try Command.run(["healthcheck", "--url", "http://127.0.0.1:\(mute.port)/livez", "--timeout", "50ms"])
        }
        #expect(result.code == 1)
    }

    @Test(
        arguments: [
            (["--url", "ftp://127.0.0.1/"], 1), (["--url", "http://user@127.0.0.1/"], 1), (["--timeout", "0s"], 64),
            (["--timeout", "2m"], 64), (["--timeout", "soon"], 64),
        ] as [([String], Int32)])
    func `what cannot be asked is said`(arguments: [String], code: Int32) throws {
        let result = try Command.run(["healthcheck"] + arguments)
        #expect(result.code == code)
        #expect(!result.errors.isEmpty)
    }
}
