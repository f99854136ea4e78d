import GatewayTestKit
import Outbound
import Testing
import Timing

@Suite(.timeLimit(.minutes(1))) struct LookupTests {
    /// A transport that may speak http to `peer` by that name.
    private static func make(
        _ name: String, _ peer: RawPeer, time: any TimeSource = SystemTime()
    ) throws -> (transport: CurlTransport, origin: String) {
        let origin = "http://\(name):\(peer.port)"
        let transport = try makeTransport(to: peer, time: time) {
            $0.plainOrigins.formUnion([Origin(of: origin)].compactMap(\.self))
            $0.maxInFlightPerHost = 256
        }
        return (transport, origin)
    }

    @Test func `the time limit holds during a lookup, which holds up nobody else`() async throws {
        let peer = try RawPeer(answering: "x")
        let name = "limit.lookup.test"
        let time = ManualTime()
        let (transport, origin) = try Self.make(name, peer, time: time)
        async let reason = transport.failure(origin, timeout: .seconds(30))
        await eventually { SlowLookups.begun(name) == 1 && time.sleeping == 1 }
        time.advance(by: .seconds(30))
        #expect(await reason == .timeout)
        // The lookup still hangs in its thread; libcurl's does not wait for it.
        await transport.waitUntilAtRest()
        #expect(try await transport.get(peer.origin).text == "x")
        SlowLookups.open(name)
        #expect(try await transport.get(origin).text == "x")
        await transport.shutdown()
    }

    @Test func `a call cancelled during its lookup is over at once`() async throws {
        let peer = try RawPeer(answering: "x")
        let name = "cancel.lookup.test"
        let (transport, origin) = try Self.make(name, peer)
        defer { SlowLookups.open(name) }
        let reason = await withTaskGroup(of: TransportError.Reason?.self) { group in
            group.addTask { await transport.failure(origin) }
            await eventually { SlowLookups.begun(name) == 1 }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(reason == .cancelled)
        await transport.waitUntilAtRest()
        #expect(try await transport.get(peer.origin).text == "x")
        await transport.shutdown()
    }

    @Test func `a hundred calls to a cold name look it up once`() async throws {
        let peer = try RawPeer(answering: "x")
        let name = "cold.lookup.test"
        let (transport, origin) = try Self.make(name, peer)
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            for _ in 0..<100 { group.addTask { await transport.failure(origin) } }
            await transport.wait { $0.inFlight == 100 }
            SlowLookups.open(name)
            for await reason in group { #expect(reason == nil) }
        }
        #expect(SlowLookups.begun(name) == 1)
        #expect(peer.record.requests.count == 100)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `when the one that looks up gives up, the next one does`() async throws {
        let peer = try RawPeer(answering: "x")
        let name = "next.lookup.test"
        let (transport, origin) = try Self.make(name, peer)
        await withTaskGroup(of: TransportError.Reason?.self) { group in
            await withTaskGroup(of: TransportError.Reason?.self) { first in
                first.addTask { await transport.failure(origin) }
                await eventually { SlowLookups.begun(name) == 1 }
                for _ in 0..<10 { group.addTask { await transport.failure(origin) } }
                await transport.wait { $0.inFlight == 11 }
                first.cancelAll()
            }
            await eventually { SlowLookups.begun(name) == 2 }
            SlowLookups.open(name)
            for await reason in group { #expect(reason == nil) }
        }
        #expect(SlowLookups.begun(name) == 2)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a name that does not exist is told apart`() async throws {
        let origin = "http://no-such-name.invalid"
        let transport = try makeTransport { $0.plainOrigins.formUnion([Origin(of: origin)].compactMap(\.self)) }
        #expect(await transport.failure(origin) == .resolve)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }

    @Test func `a resolver that cannot say is told apart, and asked again for the next call`() async throws {
        let peer = try RawPeer(answering: "x")
        let name = "again.lookup.test"
        let (transport, origin) = try Self.make(name, peer)
        SlowLookups.fail(name)
        #expect(await transport.failure(origin) == .resolve)
        #expect(await transport.failure(origin) == .resolve)
        #expect(SlowLookups.begun(name) == 2)
        SlowLookups.open(name)
        #expect(try await transport.get(origin).text == "x")
        #expect(SlowLookups.begun(name) == 3)
        await transport.waitUntilAtRest()
        await transport.shutdown()
    }
}
