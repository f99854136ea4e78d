import CCE
import GatewayTestKit
import Locking
import Logging
import Outbound
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

@testable import Inventory

/// The inventory over the real client and a cloud that knows one key.
@Suite struct KeyRolloutTests {
    /// Checks signatures. While closed, calls wait as they do for the transport's admission: not yet signed.
    private final class Cloud: HTTPTransport {
        struct Seen: Sendable {
            var isClosed = false
            var waiting = 0
            var accepted = 0
            var refused = 0
        }
        private let time: ManualTime
        private let valid: Lock<Credential>
        private let state = Lock(Seen())
        init(_ valid: Credential, _ time: ManualTime) {
            self.valid = Lock(valid)
            self.time = time
        }
        var seen: Seen { state.withLock { $0 } }
        func close() { state.withLock { $0.isClosed = true } }
        func open() { state.withLock { $0.isClosed = false } }
        func accept(_ credential: Credential) { valid.withLock { $0 = credential } }

        func send(
            origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
        ) async throws(TransportError) -> OutboundResponse {
            state.withLock { $0.waiting += 1 }
            while seen.isClosed, !Task.isCancelled { await Task.yield() }
            state.withLock { $0.waiting -= 1 }
            let request = try makeRequest()
            let key = valid.withLock { $0 }
            let verdict = SignatureVerifier().verify(
                method: "GET", path: String(request.url.dropFirst(origin.count)), query: [],
                fields: request.fields.map { ($0.name, $0.value) } + [("Host", String(origin.dropFirst(8)))],
                at: time.wall
            ) { $0 == key.accessKey ? key : nil }
            let isAccepted = if case .accepted = verdict { true } else { false }
            state.withLock { if isAccepted { $0.accepted += 1 } else { $0.refused += 1 } }
            return OutboundResponse(
                status: isAccepted ? 200 : 401, fields: [], body: ResponseBody((isAccepted ? "[]" : "").utf8))
        }
    }
    private static let count = 100
    private static let old = Credential(accessKey: "AKEXAMPLE-1", secretKey: Secret("old".utf8))
    private static let wrong = Credential(accessKey: "AKEXAMPLE-1", secretKey: Secret("wrong".utf8))
    private static let new = Credential(accessKey: "AKEXAMPLE-2", secretKey: Secret("new".utf8))

    /// Runs `body` with 64 calls admitted and not sent, and 36 queued behind them.
    private func underLoad(
        _ body: (Cloud, Inventory, ManualTime, _ use: (Credential) -> Void) async -> Void
    ) async {
        let time = ManualTime()
        let keys = Keys()
        let cloud = Cloud(Self.old, time)
        keys.replace("prod", with: Self.old)
        let client = CCEClient(transport: cloud, credentials: keys, time: time, values: .redact, version: "1")
        let inventory = Inventory(
            config: InventoryConfig(), limits: CallLimits(), lister: client, shower: client,
            gates: CredentialGates(provider: keys), endpoint: { _ in "https://cce.r1.example" }, time: time,
            random: SeededGenerator(seed: 1), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        inventory.update(clusters(Self.count))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await inventory.run() }
            await eventually { cloud.seen.accepted == Self.count && inventory.counts.unfinished == 0 }
            cloud.close()
            time.advance(by: .seconds(200))
            await eventually { cloud.seen.waiting == 64 }
            await body(cloud, inventory, time) { key in
                keys.replace("prod", with: key)
                inventory.credentialsChanged()
            }
            group.cancelAll()
        }
    }
    private func failures(_ inventory: Inventory) -> Int {
        inventory.current?.entries.count { $0.standing.lastFailure != nil } ?? -1
    }

    @Test func `a wrong secret rolled out under load costs one refusal, and the right one makes all calls`() async {
        await underLoad { cloud, inventory, time, use in
            use(Self.wrong)
            cloud.open()
            await eventually { cloud.seen.refused > 0 && inventory.counts.unfinished == 0 }
            await settle()
            #expect(cloud.seen.refused == 1)
            #expect(cloud.seen.accepted == Self.count)
            use(Self.old)
            await eventually { cloud.seen.accepted == 2 * Self.count - 1 && failures(inventory) == 1 }
            // The one that was refused comes again when it was to be the next probe.
            time.advance(by: .seconds(31))
            await eventually { failures(inventory) == 0 }
            #expect(cloud.seen.refused == 1)
        }
    }

    @Test func `a good key rolled out under load loses no call, though the old one dies at once`() async {
        await underLoad { cloud, inventory, _, use in
            use(Self.new)
            cloud.accept(Self.new)
            cloud.open()
            await eventually { cloud.seen.accepted == 2 * Self.count && inventory.counts.unfinished == 0 }
            #expect(cloud.seen.refused == 0)
            #expect(failures(inventory) == 0)
        }
    }

    @Test func `a wrong secret taken back before anything is sent costs nothing`() async {
        await underLoad { cloud, inventory, _, use in
            use(Self.wrong)
            use(Self.old)
            cloud.open()
            // The same key again is the same key: nothing was lost on the way.
            await eventually { cloud.seen.accepted == 2 * Self.count }
            #expect(cloud.seen.refused == 0)
            #expect(failures(inventory) == 0)
        }
    }
}
