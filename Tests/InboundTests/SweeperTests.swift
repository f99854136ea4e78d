import GatewayTestKit
import Inbound
import Testing
import Timing

@Suite struct SweeperTests {
    @Test(arguments: [
        "", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: ",
    ])
    func `a peer that does not finish the head is cut off`(sent: String) async throws {
        let time = ManualTime()
        try await withServer(time: time, options: adjusted { $0.headerTimeout = .seconds(10) }) { server, port in
            let client = try RawClient(port: port)
            try client.send(sent)
            try await server.wait { $0.connections == 1 }
            await time.pass(.milliseconds(9900))
            await time.pass(.zero)
            #expect(server.counts.connections == 1)
            // A byte now and then does not help.
            try client.send("x")
            await time.pass(.milliseconds(100))
            try await server.wait { $0.connections == 0 }
            let isEnded = try await onThread { try client.isEnded() }
            #expect(isEnded)
        }
    }
    @Test func `a kept connection is ended when it has rested long enough`() async throws {
        let time = ManualTime()
        try await withServer(time: time) { server, port in  // idleTimeout is 300 s
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                try client.send(plainGet)
                let answer = try await onThread { try client.readAnswer() }
                #expect(answer.status == 200)
                try await server.wait { $0.inFlight == 0 }
                await time.pass(.seconds(299))
                await time.pass(.zero)
                #expect(server.counts.connections == 1)
            }
            try client.send("GET / HT")
            await time.pass(.seconds(1))
            try await server.wait { $0.connections == 0 }
        }
    }
    @Test func `connections beyond the bound are closed at once, and make room again`() async throws {
        try await withServer(options: adjusted { $0.maxConnections = 3 }) { server, port in
            let kept = try (0..<3).map { _ in try RawClient(port: port) }
            try await server.wait { $0.connections == 3 }
            let isEnded = try await onThread { try RawClient(port: port).isEnded() }
            #expect(isEnded)
            try kept[0].send(plainGet)
            let answer = try await onThread { try kept[0].readAnswer() }
            #expect(answer.status == 200)
            for client in kept { client.closeNow() }
            try await server.wait { $0.connections == 0 }
            let again = try await RawClient.get("/", port: port)
            #expect(again.status == 200)
        }
    }
}
