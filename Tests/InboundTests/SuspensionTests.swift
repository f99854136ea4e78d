import GatewayTestKit
import Inbound
import Locking
import Testing
import Timing

@Suite struct SuspensionTests {
    @Test func `a peer that leaves has its handler cancelled`() async throws {
        for leave in [RawClient.closeNow, RawClient.reset, RawClient.finishSending] {
            let gate = Gate()
            let handler = TestHandler(
                now: { _ in .later },
                later: { _ in
                    await gate.pass()
                    return TestHandler.text("nobody reads this")
                })
            try await withServer(handler) { server, port in
                let client = try RawClient(port: port)
                try client.send(plainGet)
                try await server.wait { $0.suspended == 1 && $0.queued == 0 }
                leave(client)()
                await gate.cancelled.wait()
                // The connection is gone although the handler is still at work.
                try await server.wait { $0.connections == 0 && $0.inFlight == 0 && $0.suspended == 0 }
                gate.open()
            }
        }
    }

    @Test func `a deadline is kept although the handler ignores cancellation`() async throws {
        let gate = Gate()
        let time = ManualTime()
        let handler = TestHandler(
            now: { _ in .later },
            later: { _ in
                await gate.pass()
                return TestHandler.text("too late")
            })
        try await withServer(handler, time: time, options: adjusted { $0.requestTimeout = .seconds(30) }) {
            server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 && $0.queued == 0 }
            await time.pass(.seconds(29))
            await time.pass(.zero)
            #expect(server.counts.suspended == 1)
            await time.pass(.seconds(1))
            let answer = try await onThread { try client.readAnswer() }
            #expect(answer.status == 503)
            #expect(answer.text == "timedOut")
            #expect(answer.closes)
            await gate.cancelled.wait()
            gate.open()
        }
    }

    @Test func `beyond the bound a request is refused at once`() async throws {
        let gate = Gate()
        let handler = TestHandler(
            now: { $0.rawPath == "/now" ? .respond(TestHandler.text("now")) : .later },
            later: { _ in
                await gate.pass()
                return TestHandler.text("later")
            })
        try await withServer(handler, options: adjusted { $0.maxSuspended = 3 }) { server, port in
            let waiting = try (0..<3).map { _ in try RawClient(port: port) }
            for client in waiting { try client.send(plainGet) }
            try await server.wait { $0.suspended == 3 }
            let refused = try await RawClient.get("/", port: port)
            #expect(refused.status == 503)
            #expect(refused.text == "overloaded")
            let answered = try await RawClient.get("/now", port: port)
            #expect(answered.status == 200)
            gate.open()
            let texts = try await onThread { try waiting.map { try $0.readAnswer().text } }
            #expect(texts == ["later", "later", "later"])
            try await server.wait { $0.suspended == 0 }
            let again = try await RawClient.get("/", port: port)
            #expect(again.text == "later")
        }
    }

    @Test func `5,000 suspensions over 64 connections are each answered once`() async throws {
        let answered = Lock(0)
        let handler = TestHandler(
            now: { $0.rawPath.utf8.last == UInt8(ascii: "7") ? .respond(TestHandler.text($0.rawPath)) : .later },
            later: { request in
                answered.withLock { $0 += 1 }
                if request.rawPath.utf8.last == UInt8(ascii: "3") { await Task.yield() }
                return TestHandler.text(request.rawPath)
            })
        try await withServer(handler) { _, port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for connection in 0..<64 {
                    group.addTask {
                        try await onThread {
                            let client = try RawClient(port: port)
                            for number in 0..<80 {
                                let path = "/\(connection)/\(number)"
                                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                                let answer = try client.readAnswer()
                                #expect(answer.status == 200 && answer.text == path)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(answered.withLock { $0 } == 64 * 72)
    }

    @Test func `the end of run refuses what waits`() async throws {
        let gate = Gate()
        let handler = TestHandler(
            now: { _ in .later },
            later: { _ in
                await gate.pass()
                return TestHandler.text("late")
            })
        let server = InboundServer(
            config: adjusted { _ in }, handler: handler,
            logger: quietLogger)
        try server.start()
        let port = try #require(server.port)
        let client = try RawClient(port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 && $0.queued == 0 }
            group.cancelAll()
            let answer = try await onThread { try client.readAnswer() }
            #expect(answer.text == "overloaded")
            let next = try await RawClient.get("/", port: port)
            #expect(next.text == "overloaded")
            gate.open()
        }
        await server.shutdown(drainTimeout: .zero)
        #expect(server.counts == ServerCounts())
    }
}
