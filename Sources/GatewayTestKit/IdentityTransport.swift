import Locking
import Outbound
import Simulation
import Timing

/// Calls to a `SimulatedIdentity` in this process, by a clock that a test moves.
package final class IdentityTransport: HTTPTransport {
    private struct Counts {
        var inFlight = 0
        var peak = 0
    }
    private let identity: SimulatedIdentity
    private let time: any TimeSource
    private let latency: Duration
    private let counts = Lock(Counts())

    package init(_ identity: SimulatedIdentity, time: any TimeSource, latency: Duration = .zero) {
        self.identity = identity
        self.time = time
        self.latency = latency
    }

    /// As many calls were under way at once.
    package var peakInFlight: Int { counts.withLock { $0.peak } }

    package func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        let request = try makeRequest()
        counts.withLock { counts in
            counts.inFlight += 1
            counts.peak = max(counts.peak, counts.inFlight)
        }
        defer { counts.withLock { $0.inFlight -= 1 } }
        let answer = identity.answer(Self.simulated(request))
        do { try await time.sleep(for: answer == nil ? timeout : latency) } catch { throw TransportError(.cancelled) }
        guard let answer else { throw TransportError(.timeout) }
        return OutboundResponse(
            status: answer.status, fields: answer.fields.map { HTTPField($0.name, $0.value) },
            body: ResponseBody(answer.body))
    }

    private static func simulated(_ request: OutboundRequest) -> SimulatedIdentity.Request {
        let host = Origin(of: request.url)?.hostField ?? ""
        let target = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).last ?? ""
        return SimulatedIdentity.Request(
            method: request.method.rawValue, target: "/\(target)", host: host,
            fields: [("host", host)] + request.fields.map { ($0.name.lowercased(), $0.value) }, body: request.body)
    }
}
