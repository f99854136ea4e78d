import GatewayTestKit
import Locking
import Outbound
import Testing
import Timing

@Suite(.timeLimit(.minutes(1))) struct ControlTests {
    private static func narrow(_ config: inout UpstreamConfig) {
        config.maxInFlight = 1
        config.maxInFlightPerHost = 1
    }

    @Test func `a cancelled call ends its transfer and its connection`() async throws {
        let peer = try RawPeer(.readHead, .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), .stall)
        let transport = try makeTransport(to: peer)
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<20 { group.addTask { await transport.failure(peer.origin) } }
            await peer.waitForRequests(20)
            group.cancelAll()
            for await reason in group { #expect(reason == .cancelled) }
        }
        await peer.waitForClosed(20)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a call cancelled while it waits for admission never starts`() async throws {
        let peer = try RawPeer(.readHead, .gate, .text(RawPeer.answer("x")), .again)
        let transport = try makeTransport(to: peer, change: Self.narrow)
        async let first = transport.failure(peer.origin)
        await peer.waitForRequests(1)
        let made = Lock(0)
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        _ = try await transport.send(origin: peer.origin, timeout: .seconds(30)) {
                            () throws(TransportError) in
                            made.withLock { $0 += 1 }
                            return OutboundRequest(url: peer.origin)
                        }
                        return nil
                    } catch { return (error as? TransportError)?.reason }
                }
            }
            await transport.wait { $0.queued == 10 }
            group.cancelAll()
            for await reason in group { #expect(reason == .cancelled) }
        }
        #expect(transport.counts.queued == 0)
        #expect(made.withLock { $0 } == 0)
        peer.openGate()
        #expect(await first == nil)
        #expect(peer.record.requests.count == 1)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a task cancelled before it calls sends nothing`() async throws {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer)
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            group.cancelAll()
            group.addTask { await transport.failure(peer.origin) }
            for await reason in group { #expect(reason == .cancelled) }
        }
        #expect(peer.record.connections == 0)
        await transport.shutdown()
    }

    /// Cancels at every point that a busy machine offers; whatever comes first, each call has one outcome.
    @Test func `cancelling races with completion without loss`() async throws {
        let peer = try RawPeer(answering: "x")
        let transport = try makeTransport(to: peer) {
            $0.maxInFlight = 8
        }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let yields = random.next() % 60
            await withTaskGroup(of: TransportError.Reason?.self) { group in
                for _ in 0..<16 { group.addTask { await transport.failure(peer.origin) } }
                for _ in 0..<yields { await Task.yield() }
                group.cancelAll()
                for await reason in group { #expect(reason == nil || reason == .cancelled) }
            }
        }
        await transport.waitUntilAtRest()
        #expect(await transport.failure(peer.origin) == nil)
        await transport.shutdown()
    }

    @Test func `waiting for admission counts against no time limit`() async throws {
        let peer = try RawPeer { number in
            number == 0
                ? [.readHead, .gate, .text(RawPeer.answer("x")), .again] : [.readHead, .text(RawPeer.answer("x"))]
        }
        let time = ManualTime()
        let transport = try makeTransport(to: peer, time: time, change: Self.narrow)
        async let first = transport.failure(peer.origin, timeout: .seconds(1000))
        await peer.waitForRequests(1)
        async let second = transport.failure(peer.origin, timeout: .seconds(5))
        await transport.wait { $0.queued == 1 }
        time.advance(by: .seconds(900))
        peer.openGate()
        #expect(await first == nil)
        #expect(await second == nil)
        await transport.shutdown()
    }

    @Test func `the time limit holds even when libcurl's thread is late`() async throws {
        let peer = try RawPeer(.readHead, .stall)
        let time = ManualTime()
        let transport = try makeTransport(to: peer, time: time)
        async let reason = transport.failure(peer.origin, timeout: .seconds(3600))
        await peer.waitForRequests(1)
        await eventually { time.sleeping == 1 }
        // libcurl's own limit is an hour away: only ours can end this.
        time.advance(by: .seconds(3600))
        #expect(await reason == .timeout)
        await peer.waitForClosed(1)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `libcurl's time limit holds even when our clock stands still`() async throws {
        let peer = try RawPeer(.readHead, .stall)
        let transport = try makeTransport(to: peer, time: ManualTime())
        #expect(await transport.failure(peer.origin, timeout: .milliseconds(50)) == .timeout)
        await transport.shutdown()
    }

    @Test func `limits hold per origin and in all, and one slow origin delays no other`() async throws {
        let slow = try RawPeer(.readHead, .gate, .text(RawPeer.answer("x")), .again)
        let quick = try RawPeer(answering: "y")
        let transport = try makeTransport(to: slow, quick) {
            $0.maxInFlight = 8
            $0.maxInFlightPerHost = 3
        }
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<50 { group.addTask { await transport.failure(slow.origin) } }
            await slow.waitForRequests(3)
            await transport.wait { $0.queued == 47 }
            for _ in 0..<20 { #expect(await transport.failure(quick.origin) == nil) }
            #expect(slow.record.requests.count == 3)
            slow.openGate()
            for await reason in group { #expect(reason == nil) }
        }
        #expect(slow.record.peak == 3)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a full queue answers at once`() async throws {
        let peer = try RawPeer(.readHead, .gate, .text(RawPeer.answer("x")), .again)
        let transport = try makeTransport(to: peer) {
            Self.narrow(&$0)
            $0.queueLimit = 2
        }
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<3 { group.addTask { await transport.failure(peer.origin) } }
            await transport.wait { $0.queued == 2 && $0.inFlight == 1 }
            #expect(await transport.failure(peer.origin) == .overloaded)
            peer.openGate()
            for await reason in group { #expect(reason == nil) }
        }
        await transport.shutdown()
    }

    @Test func `shutdown stops calls in flight and waiting, and later ones`() async throws {
        let peer = try RawPeer(.readHead, .stall)
        let transport = try makeTransport(to: peer) {
            $0.maxInFlight = 5
            $0.maxInFlightPerHost = 5
        }
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<12 { group.addTask { await transport.failure(peer.origin) } }
            await peer.waitForRequests(5)
            await transport.wait { $0.queued == 7 }
            await transport.shutdown()
            for await reason in group { #expect(reason == .stopped) }
        }
        #expect(await transport.failure(peer.origin) == .stopped)
        await transport.waitUntilAtRest()
        #expect(transport.counts.idleHandles == 0)
        await peer.waitForClosed(5)
        await transport.shutdown()
    }

    @Test func `a transport that is dropped ends its thread`() async throws {
        let peer = try RawPeer(answering: "x")
        do {
            let transport = try makeTransport(to: peer)
            #expect(await transport.failure(peer.origin) == nil)
        }
        await peer.waitForClosed(1)
    }
}
