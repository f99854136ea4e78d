import GatewayTestKit
import Inbound
import Locking
import Testing
import Timing

/// Gives what a list says, one step at a time.
private final class ScriptedStream: BodyStream {
    private let steps: Lock<[BodyChunk]>
    private let endless: [UInt8]?
    private let freed: Signal?
    init(_ steps: [BodyChunk], endless: [UInt8]? = nil, freed: Signal? = nil) {
        self.steps = Lock(steps)
        self.endless = endless
        self.freed = freed
    }
    deinit { freed?.set() }
    func next(atMost count: Int) -> BodyChunk {
        if let endless { return .bytes(Array(endless.prefix(count))) }
        return steps.withLock { $0.isEmpty ? .end : $0.removeFirst() }
    }
}

@Suite struct BodyTests {
    private static func handler(_ make: @escaping @Sendable () -> InboundResponse) -> TestHandler {
        TestHandler(now: { _ in .respond(make()) })
    }
    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    @Test(arguments: [
        [], [0], [1], [0, 5, 0], [3, 4, 5], [300_000], [70_000, 1, 200_000], Array(0..<64), Array(0..<500),
    ])
    func `slices arrive joined, with their length said`(sizes: [Int]) async throws {
        let slices = sizes.map(Self.bytes)
        let handler = Self.handler { InboundResponse(status: 200, body: .slices(slices)) }
        try await withServer(handler) { server, port in
            let answers = try await onThread {
                let client = try RawClient(port: port)
                return try (0..<3).map { _ in
                    try client.send(plainGet)
                    return try client.readAnswer()
                }
            }
            for answer in answers {
                #expect(answer.body == Array(slices.joined()))
                #expect(answer.framing == .length)
            }
            try await server.wait { $0.bodyBytes == 0 }
        }
    }

    @Test func `a stream is sent in chunks and the connection kept`() async throws {
        let pieces = [1, 200, 3000].map(Self.bytes)
        let handler = Self.handler {
            InboundResponse(status: 200, body: .stream(ScriptedStream(pieces.map { .bytes($0) })))
        }
        try await withServer(handler) { _, port in
            let answers = try await onThread {
                let client = try RawClient(port: port)
                return try (0..<2).map { _ in
                    try client.send(plainGet)
                    return try client.readAnswer()
                }
            }
            for answer in answers {
                #expect(answer.framing == .chunked)
                #expect(answer.body == Array(pieces.joined()))
            }
        }
    }
    @Test func `a stream to HTTP 1.0 is ended by the end of the connection`() async throws {
        let handler = Self.handler {
            InboundResponse(status: 200, body: .stream(ScriptedStream([.bytes(Self.bytes(5000))])))
        }
        try await withServer(handler) { _, port in
            let answer = try await RawClient.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", port: port)
            #expect(answer.framing == .untilClose)
            #expect(answer.body == Self.bytes(5000))
        }
    }
    @Test func `a stream that has nothing yet sleeps until its time`() async throws {
        let time = ManualTime()
        let wake = time.uptime + .seconds(5)
        let handler = Self.handler {
            InboundResponse(
                status: 200,
                body: .stream(ScriptedStream([.bytes([65]), .later(wake), .bytes([66]), .later(.zero), .bytes([67])])))
        }
        // Time runs fast here: the peer is not to be found slow.
        try await withServer(handler, time: time, options: adjusted { $0.requestTimeout = .seconds(1 << 40) }) {
            server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 }
            await time.pass(.milliseconds(4900))
            await time.pass(.zero)
            #expect(server.counts.suspended == 1)
            let isAnswered = Lock(false)
            async let answer = onThread {
                defer { isAnswered.withLock { $0 = true } }
                return try client.readAnswer()
            }
            while !isAnswered.withLock({ $0 }) {
                await time.pass(.milliseconds(100))
                await Task.yield()
            }
            let text = try await answer.text
            #expect(text == "ABC")
        }
    }
    @Test func `a stream that waits goes on at its signal, given before or after it slept`() async throws {
        for round in 0..<50 {
            let (early, late) = (BodySignal(), BodySignal())
            let never = Duration.seconds(1 << 40)
            early.give()
            let steps: [BodyChunk] = [
                .bytes([65]), .waiting(early, atMostUntil: never), .bytes([66]), .waiting(late, atMostUntil: never),
                .bytes([67]),
            ]
            let handler = Self.handler { InboundResponse(status: 200, body: .stream(ScriptedStream(steps))) }
            try await withServer(handler) { server, port in
                let client = try RawClient(port: port)
                try client.send(plainGet)
                if round > 0 { try await server.wait { $0.suspended == 1 } }
                late.give()
                let text = try await onThread { try client.readAnswer() }.text
                #expect(text == "ABC")
            }
        }
    }
    @Test func `a stream whose signal does not come is asked again at its time`() async throws {
        let time = ManualTime()
        let until = time.uptime + .seconds(5)
        let handler = Self.handler {
            let steps: [BodyChunk] = [.bytes([65]), .waiting(BodySignal(), atMostUntil: until), .abort]
            return InboundResponse(status: 200, body: .stream(ScriptedStream(steps)))
        }
        try await withServer(handler, time: time) { server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 }
            await time.pass(.milliseconds(4900))
            await time.pass(.zero)
            #expect(server.counts.suspended == 1)
            let isOver = Lock(false)
            async let isCutShort = onThread {
                defer { isOver.withLock { $0 = true } }
                do {
                    _ = try client.readAnswer()
                    return false
                } catch {
                    return error is RawClient.ShortAnswer
                }
            }
            // It counts as suspended a moment before it can be woken.
            while !isOver.withLock({ $0 }) {
                await time.pass(.milliseconds(200))
                await Task.yield()
            }
            let isShort = try await isCutShort
            #expect(isShort)
        }
    }
    @Test(arguments: [false, true])
    func `a stream is let go of when its reader leaves, asleep or not`(isAsleep: Bool) async throws {
        let freed = Signal()
        let handler = Self.handler {
            let step: BodyChunk = isAsleep ? .waiting(BodySignal(), atMostUntil: .seconds(1 << 40)) : .bytes([66])
            return InboundResponse(
                status: 200,
                body: .stream(
                    ScriptedStream([.bytes([65]), step], endless: isAsleep ? nil : Self.bytes(999), freed: freed)))
        }
        try await withServer(handler) { server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { isAsleep ? $0.suspended == 1 : $0.inFlight == 1 }
            client.closeNow()
            await freed.wait()
            try await server.wait { $0 == ServerCounts() }
        }
    }
    @Test func `a stream whose reader has left is not asked again`() async throws {
        let handler = Self.handler {
            InboundResponse(
                status: 200, body: .stream(ScriptedStream([.bytes([65]), .later(.seconds(1 << 40)), .bytes([66])])))
        }
        try await withServer(handler) { server, port in
            let client = try RawClient(port: port)
            try client.send(plainGet)
            try await server.wait { $0.suspended == 1 }
            client.closeNow()
            try await server.wait { $0 == ServerCounts() }
        }
    }
    @Test(arguments: ["abort at once", "abort later", "an empty chunk", "more than asked for"])
    func `a body that cannot be completed is seen to be cut`(kind: String) async throws {
        let steps: [BodyChunk] =
            switch kind {
            case "abort at once": [.abort]
            case "abort later": [.bytes([65]), .abort]
            case "an empty chunk": [.bytes([65]), .bytes([])]
            default: [.bytes([65]), .bytes([UInt8](repeating: 66, count: 1 << 20))]
            }
        let outcome = Lock<CompletedRequest.Outcome?>(nil)
        let handler = Self.handler { InboundResponse(status: 200, body: .stream(ScriptedStream(steps))) }
        let note: @Sendable (CompletedRequest) -> Void = { done in outcome.withLock { $0 = done.outcome } }
        try await withServer(handler, completed: note) { server, port in
            await #expect(throws: RawClient.ShortAnswer.self) { try await RawClient.get("/", port: port) }
            try await server.wait { $0.connections == 0 }
            #expect(outcome.withLock { $0 } == .cut)
        }
    }

    @Test(arguments: [200, 204, 304, 404], ["bytes", "slices", "stream"])
    func `HEAD, 204 and 304 carry no body and leave the connection in step`(status: Int, kind: String) async throws {
        let handler = TestHandler(now: { request in
            if request.rawPath == "/after" { return .respond(TestHandler.text("after")) }
            let body: InboundResponse.Body =
                switch kind {
                case "bytes": .bytes(Self.bytes(3000))
                case "slices": .slices([Self.bytes(1000), Self.bytes(2000)])
                default: .stream(ScriptedStream([.bytes(Self.bytes(3000))]))
                }
            return .respond(InboundResponse(status: status, fields: [("ETag", "W/\"x\"")], body: body))
        })
        try await withServer(handler) { _, port in
            for method in status == 204 || status == 304 ? ["HEAD", "GET"] : ["HEAD"] {
                let (answer, rest) = try await onThread {
                    let client = try RawClient(port: port)
                    try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try client.readAnswer(toHead: true)
                    if answer.closes { return (answer, try client.readToEnd()) }
                    try client.send("GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    return (answer, try client.readToEnd())
                }
                #expect(answer.status == status)
                #expect(answer.field("etag") == "W/\"x\"")
                if kind != "stream", status != 204 { #expect(answer.field("content-length") == "3000") }
                if status == 204 { #expect(answer.field("content-length") == nil) }
                let text = String(decoding: rest, as: UTF8.self)
                #expect(
                    answer.closes ? rest.isEmpty : text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix("\r\n\r\nafter"))
            }
        }
    }

    @Test(arguments: [
        ("X", "a\r\nSet-Cookie: b"), ("X", "a\nb"), ("X\r\nY", "a"), ("X", "a\0b"), ("X Y", "a"), ("", "a"),
    ])
    func `a field that would begin another drops the answer`(name: String, value: String) async throws {
        let handler = Self.handler { InboundResponse(status: 200, fields: [(name, value)], body: .bytes([1])) }
        try await withServer(handler) { _, port in
            let answer = try await RawClient.get("/", port: port)
            #expect(answer.status == 500)
            #expect(answer.text == "unusableAnswer")
            #expect(answer.field("set-cookie") == nil)
        }
    }
    @Test func `a status that is none drops the answer`() async throws {
        for status in [0, 99, 100, 101, 600, -1] {
            try await withServer(Self.handler { InboundResponse(status: status) }) { _, port in
                let answer = try await RawClient.get("/", port: port)
                #expect(answer.status == 500)
            }
        }
    }
    @Test func `the server's own fields are not the handler's`() async throws {
        let handler = Self.handler {
            InboundResponse(
                status: 200,
                fields: [
                    ("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("Connection", "upgrade"),
                    ("Keep-Alive", "timeout=1"), ("Date", "yesterday"), ("X-Empty", ""), ("Vary", "Accept"),
                ], body: .bytes(Array("five!".utf8)), closesConnection: true)
        }
        try await withServer(handler) { _, port in
            let answer = try await RawClient.get("/", port: port)
            #expect(answer.fields.map(\.name).sorted() == ["connection", "content-length", "date", "vary"])
            #expect(answer.field("date") == "yesterday")
            #expect(answer.text == "five!")
            #expect(answer.closes)
        }
    }
    @Test(arguments: [("Link", 200), ("Content-Language", 431)])
    func `an answer whose head finds no room is sent without its link, else refused`(
        name: String, status: Int
    ) async throws {
        let handler = Self.handler {
            InboundResponse(
                status: 200, fields: [(name, String(repeating: "l", count: 31 << 10)), ("Vary", "Accept")])
        }
        try await withServer(handler) { _, port in
            let answer = try await RawClient.get("/", port: port)
            #expect(answer.status == status)
            #expect(answer.field(name.lowercased()) == nil)
            #expect((answer.field("vary") != nil) == (status == 200))
        }
    }

    @Test func `a peer that never reads is cut off, and holds the budget no longer`() async throws {
        let time = ManualTime()
        let body = [UInt8](repeating: 65, count: 16 << 20)
        let handler = TestHandler(now: { request in
            .respond(
                request.rawPath == "/small"
                    ? TestHandler.text("small")
                    : InboundResponse(status: 200, body: .bytes(request.rawPath == "/same" ? body : body + [66])))
        })
        try await withServer(
            handler, time: time,
            options: adjusted {
                $0.maxBodyBytes = 20 << 20
                $0.requestTimeout = .seconds(30)
                $0.minimumBytesPerSecond = 1 << 20
            }
        ) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            try client.send("GET /same HTTP/1.1\r\nHost: a\r\n\r\n")
            try await server.wait { $0.bodyBytes == 16 << 20 }
            // The same memory once more costs nothing; other memory does not fit; what is small always does.
            let same = try await RawClient.get("/same", port: port)
            #expect(same.body.count == 16 << 20)
            let other = try await RawClient.get("/other", port: port)
            #expect(other.status == 503 && other.text == "overloaded")
            let small = try await RawClient.get("/small", port: port)
            #expect(small.status == 200)
            try await server.wait { $0.bodyBytes == 16 << 20 }

            await time.pass(.seconds(45))
            await time.pass(.zero)
            #expect(server.counts.bodyBytes == 16 << 20)
            await time.pass(.seconds(1))
            try await server.wait { $0 == ServerCounts() }
        }
    }
    @Test func `a peer that never reads a stream is cut off`() async throws {
        let time = ManualTime()
        let handler = Self.handler {
            InboundResponse(status: 200, body: .stream(ScriptedStream([], endless: Self.bytes(16 << 10))))
        }
        try await withServer(handler, time: time) { server, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            try client.send(plainGet)
            try await server.wait { $0.inFlight == 1 }
            // Until the kernel's buffers are full the stream goes on, and its time begins anew.
            _ = try await eventually {
                await time.pass(.seconds(3600))
                return server.counts == ServerCounts() ? true : nil
            }
        }
    }
}
