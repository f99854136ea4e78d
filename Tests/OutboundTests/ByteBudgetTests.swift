import GatewayTestKit
import Outbound
import Testing

@Suite(.timeLimit(.minutes(1))) struct ByteBudgetTests {
    private static let size = 1 << 20

    @Test func `bodies in memory stay within the budget, and all come in the end`() async throws {
        let peer = try RawPeer(
            .readHead, .text("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n"), .flood(Self.size), .again)
        let transport = try makeTransport(to: peer) {
            $0.maxResponseBytes = Self.size
            $0.maxBytesInFlight = 2 * Self.size
        }
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    let response = try? await transport.get(peer.origin)
                    #expect(transport.counts.bytesHeld <= 3 * Self.size)
                    return response?.body.count
                }
            }
            for await count in group { #expect(count == Self.size) }
        }
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `while owners keep the budget's worth of bodies no other comes in`() async throws {
        let peer = try RawPeer(answering: String(repeating: "x", count: 1024))
        let time = ManualTime()
        let transport = try makeTransport(to: peer, time: time) {
            $0.maxResponseBytes = 1024
            $0.maxBytesInFlight = 1024
        }
        var kept: OutboundResponse? = try await transport.get(peer.origin)
        #expect(transport.counts.bytesHeld == 1024)
        async let reason = transport.failure(peer.origin, timeout: .seconds(30))
        await transport.wait { $0.paused == 1 }
        await eventually { time.sleeping == 1 }
        time.advance(by: .seconds(30))
        #expect(await reason == .overloaded)
        #expect(kept?.body.count == 1024)
        kept = nil
        #expect(await transport.failure(peer.origin) == nil)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a transfer held back until its time is up is not the server's fault`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n"
        let stuck = try RawPeer(.readHead, .text(head), .flood(2000), .stall)
        let whole = try RawPeer(.readHead, .gate, .text(head), .flood(3000))
        let time = ManualTime()
        let transport = try makeTransport(to: stuck, whole, time: time) {
            $0.maxResponseBytes = 3000
            $0.maxBytesInFlight = 3000
        }
        await withTaskGroup(of: (isStuck: Bool, reason: TransportError.Reason?).self) { group in
            group.addTask { (false, await transport.failure(whole.origin, timeout: .seconds(20))) }
            await whole.waitForRequests(1)
            for _ in 0..<2 { group.addTask { (true, await transport.failure(stuck.origin)) } }
            await transport.wait { $0.bytesHeld == 4000 }
            whole.openGate()
            await transport.wait { $0.paused == 1 }
            await eventually { time.sleeping == 3 }
            // The one held back first: the others' end gives it the room it waits for.
            time.advance(by: .seconds(20))
            let first = await group.next()
            #expect(first?.isStuck == false && first?.reason == .overloaded)
            time.advance(by: .seconds(10))
            for await call in group { #expect(call.isStuck && call.reason == .timeout) }
        }
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a paused transfer goes on when memory is free again`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n"
        let stuck = try RawPeer(.readHead, .text(head), .flood(2000), .stall)
        let whole = try RawPeer(.readHead, .gate, .text(head), .flood(3000))
        let transport = try makeTransport(to: stuck, whole) {
            $0.maxResponseBytes = 3000
            $0.maxBytesInFlight = 3000
        }
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<5 { group.addTask { await transport.failure(whole.origin) } }
            await whole.waitForRequests(5)
            await withTaskGroup(of: TransportError.Reason?.self) { hogs in
                for _ in 0..<2 { hogs.addTask { await transport.failure(stuck.origin) } }
                await transport.wait { $0.bytesHeld == 4000 }
                whole.openGate()
                await transport.wait { $0.paused == 5 }
                hogs.cancelAll()
                for await reason in hogs { #expect(reason == .cancelled) }
            }
            for await reason in group { #expect(reason == nil) }
        }
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }
}
