import GatewayTestKit
import Outbound
import Testing
import Timing

/// A transport that may speak http to these peers.
func makeTransport(
    to peers: RawPeer..., time: any TimeSource = SystemTime(), change: (inout UpstreamConfig) -> Void = { _ in }
) throws -> CurlTransport {
    var config = UpstreamConfig()
    config.plainOrigins = Set(peers.compactMap { Origin(of: $0.origin) })
    change(&config)
    return try CurlTransport(config, time: time)
}

extension CurlTransport {
    /// A GET that should take as long as it takes.
    func get(
        _ origin: String, _ path: String = "/", fields: [HTTPField] = [], timeout: Duration = .seconds(30)
    ) async throws(TransportError) -> OutboundResponse {
        try await send(origin: origin, timeout: timeout) { () throws(TransportError) in
            OutboundRequest(url: origin + path, fields: fields)
        }
    }
    /// Why a GET fails; nil when it does not.
    func failure(
        _ origin: String, _ path: String = "/", fields: [HTTPField] = [], timeout: Duration = .seconds(30)
    ) async -> TransportError.Reason? {
        do {
            _ = try await get(origin, path, fields: fields, timeout: timeout)
            return nil
        } catch {
            return error.reason
        }
    }
    /// Returns when the counts say so; the test's time limit bounds it.
    func wait(until isDone: (Counts) -> Bool) async {
        await eventually { isDone(counts) }
    }
    /// Returns when nothing waits, flies or is held. What was given back by the curl thread or dropped by another task
    /// shows an instant later.
    func waitUntilAtRest() async {
        await wait {
            $0.queued == 0 && $0.inFlight == 0 && $0.transfers == 0 && $0.paused == 0 && $0.bytesHeld == 0
        }
    }
}

/// Returns when it is true, or when the test's time limit has cancelled the test, whose expectations then fail.
func eventually(_ isTrue: () -> Bool) async {
    while !isTrue() {
        guard !Task.isCancelled else {
            Issue.record("waited in vain")
            return
        }
        await Task.yield()
    }
}

extension OutboundResponse {
    var text: String { String(decoding: body.bytes, as: UTF8.self) }
}
