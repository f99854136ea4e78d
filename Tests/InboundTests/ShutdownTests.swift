import GatewayTestKit
import Inbound
import Locking
import Testing
import Timing

@Suite struct ShutdownTests {
    @Test func `draining says so on every answer and still accepts`() async throws {
        try await withServer { server, port in
            let kept = try RawClient(port: port)
            try kept.send(plainGet)
            let before = try await onThread { try kept.readAnswer() }
            #expect(!before.closes)
            server.beginDraining()
            try kept.send(plainGet)
            let after = try await onThread { try kept.readAnswer() }
            #expect(after.closes)
            let fresh = try await RawClient.get("/", port: port)
            #expect(fresh.status == 200 && fresh.closes)
        }
    }

    @Test func `shutdown waits for what is in flight`() async throws {
        let gate = Gate()
        let handler = TestHandler(
            now: { _ in .later },
            later: { _ in
                await gate.pass()
                return TestHandler.text("finished")
            })
        try await withServer(handler) { server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 && $0.queued == 0 }
            async let stopped: Void = server.shutdown(drainTimeout: .seconds(60))
            // Still answered while draining.
            let other = try await RawClient.get("/%", port: port)
            #expect(other.status == 400)
            gate.open()
            let answer = try await onThread { try client.readAnswer() }
            #expect(answer.text == "finished")
            #expect(answer.closes)
            await stopped
        }
    }

    @Test func `what still waits when the time is over is refused`() async throws {
        let gate = Gate()
        let time = ManualTime()
        let handler = TestHandler(
            now: { _ in .later },
            later: { _ in
                await gate.pass()
                return TestHandler.text("never sent")
            })
        let server = InboundServer(
            config: adjusted { _ in }, handler: handler, time: time,
            logger: quietLogger)
        try server.start()
        let port = try #require(server.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let clients = try (0..<10).map { _ in try RawClient(port: port) }
            for client in clients { try client.send(plainGet) }
            try await server.wait { $0.suspended == 10 && $0.queued == 0 }
            group.addTask { await server.shutdown(drainTimeout: .seconds(20)) }
            while time.sleeping < 2 { await Task.yield() }  // the sweeper and the drain
            time.advance(by: .seconds(20))
            let texts = try await onThread { try clients.map { try $0.readAnswer().text } }
            #expect(texts == [String](repeating: "overloaded", count: 10))
            gate.open()
            try await group.waitForAll()
        }
        #expect(server.counts == ServerCounts())
        #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
    }

    @Test func `20 shutdowns under load leave nothing and answer nothing twice`() async throws {
        let handler = TestHandler(
            now: { $0.rawPath == "/now" ? .respond(TestHandler.text("now")) : .later },
            later: { request in
                await Task.yield()
                return TestHandler.text("later")
            })
        for round in 0..<20 {
            let answered = Lock(0)
            let isOver = Lock(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await withServer(handler) { server, port in
                    for number in 0..<8 {
                        group.addTask {
                            try await onThread {
                                // Each goes on until the server is gone; what it got before must be whole.
                                while !isOver.withLock({ $0 }), let client = try? RawClient(port: port) {
                                    var isKept = true
                                    while isKept {
                                        let path = number % 2 == 0 ? "now" : "later"
                                        guard (try? client.send("GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n")) != nil,
                                            let answer = try? client.readAnswer()
                                        else { break }
                                        #expect(answer.status == 200 ? answer.text == path : answer.status == 503)
                                        answered.withLock { $0 += 1 }
                                        isKept = !answer.closes
                                    }
                                }
                            }
                        }
                    }
                    while answered.withLock({ $0 }) < 20 * (round + 1) { await Task.yield() }
                    defer { isOver.withLock { $0 = true } }
                    await server.shutdown(drainTimeout: .milliseconds(round))
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `two servers in one process do not know of each other`() async throws {
        let first = TestHandler(now: { _ in .later }, later: { _ in TestHandler.text("first") })
        try await withServer(first) { _, firstPort in
            try await withServer(TestHandler(now: { _ in .respond(TestHandler.text("second")) })) { _, secondPort in
                let one = try await RawClient.get("/", port: firstPort)
                let two = try await RawClient.get("/", port: secondPort)
                #expect([one.text, two.text] == ["first", "second"])
            }
            let again = try await RawClient.get("/", port: firstPort)
            #expect(again.text == "first")
        }
    }
    @Test func `a port that is taken is an error with a name`() async throws {
        try await withServer { _, port in
            let server = InboundServer(
                config: ListenerOptions(address: .loopback(port: port), config: ServerConfig()), handler: TestHandler(),
                logger: quietLogger)
            let error = #expect(throws: InboundError.self) { try server.start() }
            guard case .socket(let doing, let address, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(doing == "bind" && address == "127.0.0.1:\(port)")
            await server.shutdown(drainTimeout: .zero)
        }
    }
}
