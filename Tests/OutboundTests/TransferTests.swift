import GatewayTestKit
import Outbound
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransferTests {
    @Test func `an answer comes with status, fields and a padded body`() async throws {
        let peer = try RawPeer(
            .readHead,
            .text("HTTP/1.1 201 Created\r\nX-A:  one \r\nx-a: two\r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello"))
        let transport = try makeTransport(to: peer)
        do {
            let response = try await transport.get(peer.origin, "/v1/a?b=c")
            #expect(response.status == 201)
            #expect(response.text == "hello")
            #expect(response.fields.prefix(3) == [.init("X-A", "one"), .init("x-a", "two"), .init("Empty", "")])
            #expect(response.field("x-A") == "one")
            #expect(response.body.storage[5...].allSatisfy { $0 == 0 })
            #expect(response.body.storage.count >= 5 + ResponseBody.padding)
            #expect(!response.reusedConnection)
        }
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `exactly the given fields are sent, and Host`() async throws {
        let peer = try RawPeer(answering: "")
        let transport = try makeTransport(to: peer)
        _ = try await transport.get(
            peer.origin, "/a/../b//c/%7E?x=%2F&&y=~",
            fields: [.init("X-Sdk-Date", "20260102T030405Z"), .init("X-Empty", ""), .init("x-b", " padded\t")])
        let request = try #require(peer.record.requests.first)
        #expect(
            request.lines == [
                "GET /a/../b//c/%7E?x=%2F&&y=~ HTTP/1.1", "Host: 127.0.0.1:\(peer.port)", "Accept-Encoding: gzip",
                "X-Sdk-Date: 20260102T030405Z", "X-Empty:", "x-b: padded",
            ])
        await transport.shutdown()
    }

    @Test(arguments: [OutboundRequest.Method.post, .put])
    func `a body is sent as it is, with its length and nothing else`(method: OutboundRequest.Method) async throws {
        // Over 1 MiB libcurl would ask first (Expect: 100-continue).
        let body = (0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let peer = try RawPeer(.readHead, .readBody(body.count), .text(RawPeer.answer("done")), .close)
        let transport = try makeTransport(to: peer)
        let origin = peer.origin
        let response = try await transport.send(origin: origin, timeout: .seconds(30)) { () throws(TransportError) in
            OutboundRequest(method: method, url: origin + "/p", body: body)
        }
        #expect(response.text == "done")
        let request = try #require(peer.record.requests.first)
        #expect(
            request.lines == [
                "\(method.rawValue) /p HTTP/1.1", "Host: 127.0.0.1:\(peer.port)", "Accept-Encoding: gzip",
                "Content-Length: \(body.count)",
            ])
        #expect(request.body == body)
        await transport.shutdown()
    }

    /// One after the other, so that each takes the handle of the one before.
    @Test func `nothing of a call is left in the next one`() async throws {
        let peer = try RawPeer(answering: "")
        let transport = try makeTransport(to: peer)
        let origin = peer.origin
        for method in [OutboundRequest.Method.get, .post, .get, .put, .get, .get] {
            _ = try await transport.send(origin: origin, timeout: .seconds(30)) { () throws(TransportError) in
                OutboundRequest(
                    method: method, url: "\(origin)/\(method.rawValue)",
                    fields: method == .get ? [] : [HTTPField("X-Token", "obviously-fake")])
            }
            await transport.waitUntilAtRest()
        }
        let (host, coding) = ("Host: 127.0.0.1:\(peer.port)", "Accept-Encoding: gzip")
        let get = ["GET /GET HTTP/1.1", host, coding]
        func sent(_ method: String) -> [String] {
            ["\(method) /\(method) HTTP/1.1", host, coding, "X-Token: obviously-fake", "Content-Length: 0"]
        }
        #expect(peer.record.requests.map(\.lines) == [get, sent("POST"), get, sent("PUT"), get, get])
        #expect(transport.counts.idleHandles == 1)
        await transport.shutdown()
    }

    @Test func `connections are kept and used again`() async throws {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer)
        for turn in 0..<10 {
            let response = try await transport.get(peer.origin)
            #expect(response.reusedConnection == (turn > 0))
        }
        #expect(peer.record.connections == 1)
        #expect(transport.counts.connections == 1)
        #expect(transport.counts.idleHandles == 1)
        await transport.shutdown()
        await peer.waitForClosed(1)
    }

    @Test func `a kept connection that the server has closed costs one more, not the call`() async throws {
        let peer = try RawPeer { number in
            number == 0
                ? [.readHead, .text(RawPeer.answer("first")), .readHead, .close]
                : [.readHead, .text(RawPeer.answer("second"))]
        }
        let transport = try makeTransport(to: peer)
        #expect(try await transport.get(peer.origin).text == "first")
        let response = try await transport.get(peer.origin)
        #expect(response.text == "second")
        #expect(!response.reusedConnection)
        #expect(peer.record.connections == 2)
        await transport.shutdown()
    }

    @Test func `a redirect is an answer, and nobody goes there`() async throws {
        let target = try RawPeer(answering: "stolen")
        let peer = try RawPeer(
            .readHead, .text(RawPeer.answer("", status: "302 Found", fields: ["Location: \(target.origin)/x"])), .again)
        let transport = try makeTransport(to: peer, target)
        let response = try await transport.get(peer.origin, fields: [.init("X-Auth-Token", "EXAMPLE")])
        #expect(response.status == 302)
        #expect(response.field("location") == "\(target.origin)/x")
        #expect(target.record.connections == 0)
        #expect(peer.record.requests.count == 1)
        await transport.shutdown()
    }

    @Test func `interim answers are passed over and trailers dropped`() async throws {
        let peer = try RawPeer(
            .readHead, .text("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            .text("HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .text("3\r\nabc\r\n0\r\nSecret: late\r\n\r\n"))
        let transport = try makeTransport(to: peer)
        let response = try await transport.get(peer.origin)
        #expect(response.text == "abc")
        #expect(response.fields.map(\.name) == ["A", "Transfer-Encoding"])
        await transport.shutdown()
    }

    @Test func `gzip is undone`() async throws {
        let packed = try gzip([UInt8](repeating: 0x61, count: 100_000))
        let peer = try RawPeer(
            .readHead, .text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"),
            .write(packed))
        let transport = try makeTransport(to: peer)
        let response = try await transport.get(peer.origin)
        #expect(response.body.count == 100_000)
        #expect(response.body.bytes.allSatisfy { $0 == 0x61 })
        await transport.shutdown()
    }

    @Test func `a thousand calls are in flight at once when the config says so`() async throws {
        let peer = try RawPeer(.readHead, .gate, .text(RawPeer.answer("x")))
        let transport = try makeTransport(to: peer) {
            $0.maxInFlight = 1000
            $0.maxInFlightPerHost = 1000
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<1000 { group.addTask { try await transport.get(peer.origin).status } }
            await peer.waitForRequests(1000)
            #expect(transport.counts.inFlight == 1000)
            #expect(transport.counts.transfers == 1000)
            peer.openGate()
            for try await status in group { #expect(status == 200) }
        }
        #expect(peer.record.peak == 1000)
        await transport.waitUntilAtRest()
        await transport.shutdown()
        #expect(transport.counts.idleHandles == 0)
    }
}
