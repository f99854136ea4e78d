import Locking
import Outbound
import ReleaseModel
import Signing
import Telemetry
import Timing

/// A 200 of the cloud, with when its request went out.
struct CloudAnswer: Sendable {
    let response: OutboundResponse
    let sentAt: Instant
    let sentUptime: Duration
    let requestID: String?
    /// The cloud's `Date` minus our clock; nil without that field.
    let clockOffset: Duration?
}

/// Signs and sends calls, and gives every failure its reason.
struct CloudCaller: Sendable {
    let transport: any HTTPTransport
    /// Says whether the key of a call is still the one in use.
    let credentials: any CredentialProvider
    let time: any TimeSource
    let clocks: CloudClocks
    /// `release-gateway/1.0.0`
    let userAgent: String
    let metrics: UpstreamMetrics?

    /// The cloud takes times up to fifteen minutes away; an answer's own duration blurs what we measure.
    static let allowedSkew = Duration.seconds(14 * 60)

    /// What is known of a request once it was made; made anew for each.
    private struct Sending {
        var wall: Instant
        var uptime: Duration
        var signed: Instant?
        var accessKey: String?
        var isKeyReplaced = false
    }

    /// A 200 whose call is counted when it has been read: each call that is begun ends with one outcome, so that the
    /// counts of both add up.
    struct Asked: Sendable {
        private let answer: CloudAnswer
        private let count: @Sendable (CallFailure?) -> Void
        fileprivate init(_ answer: CloudAnswer, count: @escaping @Sendable (CallFailure?) -> Void) {
            self.answer = answer
            self.count = count
        }
        /// Once. On any thread.
        func read<Value>(
            _ read: (CloudAnswer) throws(CallFailure) -> Value
        ) throws(CallFailure) -> Value {
            do throws(CallFailure) {
                let value = try read(answer)
                count(nil)
                return value
            } catch {
                count(error)
                throw error
            }
        }
    }

    /// One attempt.
    func ask(_ operation: UpstreamMetrics.Operation, _ call: CloudCall) async throws(CallFailure) -> Asked {
        let origin = call.endpoint.origin
        let began = time.uptime
        let sending = Lock(Sending(wall: time.wall, uptime: began))
        metrics?.start(operation, at: origin)
        let count: @Sendable (CallFailure?, Duration) -> Void = { [metrics] failure, ended in
            let sent = sending.withLock { $0.signed == nil ? nil : $0.uptime }
            metrics?.end(
                operation, at: origin, failure, waited: (sent ?? ended) - began, took: sent.map { ended - $0 })
        }
        do throws(CallFailure) {
            let answer = try await send(call, noting: sending)
            let ended = time.uptime
            metrics?.receive(answer.response.body.count, from: origin)
            return Asked(answer) { count($0, ended) }
        } catch {
            count(error, time.uptime)
            throw error
        }
    }
    /// One attempt, and what `read` makes of its 200.
    func ask<Value>(
        _ operation: UpstreamMetrics.Operation, _ call: CloudCall,
        read: (CloudAnswer) throws(CallFailure) -> Value
    ) async throws(CallFailure) -> Value {
        try await ask(operation, call).read(read)
    }

    /// Only a 200 comes back; the body is not looked at.
    private func send(_ call: CloudCall, noting sending: Lock<Sending>) async throws(CallFailure) -> CloudAnswer {
        let response: OutboundResponse
        do throws(TransportError) {
            response = try await transport.send(origin: call.endpoint.origin, timeout: call.timeout) {
                () throws(TransportError) in
                try request(for: call, noting: sending)
            }
        } catch {
            throw failure(error, sending: sending.withLock { $0 })
        }
        let sent = sending.withLock { $0 }
        let date = cloudDate(of: response)
        if let date {
            clocks.note(
                date: date, origin: call.endpoint.origin, sent: sent.uptime, signed: sent.signed,
                isRefusal: response.status == 401)
        }
        guard response.status == 200 else { throw failure(response, date: date, sending: sent) }
        return CloudAnswer(
            response: response, sentAt: sent.wall, sentUptime: sent.uptime, requestID: requestID(of: response),
            clockOffset: date.map { $0 - time.wall })
    }

    /// The failure of a 200 that is not what it should be.
    func invalid(_ answer: CloudAnswer, _ invalid: InvalidBody) -> CallFailure {
        let envelope = ErrorEnvelope(answer.response.body.bytes)
        return CallFailure(
            envelope == nil && Self.isJSON(answer.response.body.bytes) ? .unreadable : .foreign,
            status: answer.response.status, code: envelope?.codes.first,
            upstreamRequestID: answer.requestID ?? envelope?.requestID,
            detail: envelope == nil ? invalid.detail : "an error body with status 200", clockOffset: answer.clockOffset)
    }

    /// By its first byte; a body that is none of the API's is not looked at any further.
    private static func isJSON(_ body: ArraySlice<UInt8>) -> Bool {
        let first = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    }

    // MARK: - Request

    /// Runs after admission, so that the time signed is the time of sending.
    private func request(
        for call: CloudCall, noting sending: Lock<Sending>
    ) throws(TransportError) -> OutboundRequest {
        let credential = call.key.credential
        guard credentials.credential(named: call.key.name) == credential else {
            sending.withLock { $0.isKeyReplaced = true }
            throw TransportError(.invalidRequest, detail: "the key was replaced; nothing was sent")
        }
        guard call.projectID.map({ PlainText.isPlain($0, limit: 64) }) ?? true else {
            throw TransportError(.invalidRequest, detail: "not a project's id")
        }
        let wall = time.wall
        let instant = clocks.signingTime(for: call.endpoint.origin)
        let uptime = time.uptime
        sending.withLock {
            $0 = Sending(wall: wall, uptime: uptime, signed: instant, accessKey: credential.accessKey)
        }
        let unsigned = UnsignedRequest(
            host: call.endpoint.host, path: call.path, query: call.query,
            fields: [("Content-Type", "application/json"), ("User-Agent", userAgent)])
        guard let signed = try? Signer(credential: credential, projectID: call.projectID).sign(unsigned, at: instant)
        else { throw TransportError(.invalidRequest, detail: "the call could not be signed") }
        let fields = signed.fields.map { HTTPField($0.name, $0.value) } + Self.originFields(CallOrigin.current)
        return OutboundRequest(url: call.endpoint.origin + signed.target, fields: fields)
    }

    /// Whose doing the call is. Not signed: what stands between us and the cloud may put its own in their place, and a
    /// changed field that was signed would be a refused signature.
    private static func originFields(_ origin: CallOrigin?) -> [HTTPField] {
        guard let origin else { return [] }
        var fields: [HTTPField] = []
        if let id = origin.requestID { fields.append(HTTPField("X-Request-Id", id)) }
        if let trace = origin.trace {
            fields.append(HTTPField("traceparent", trace.traceparent))
            if !trace.state.isEmpty { fields.append(HTTPField("tracestate", trace.state)) }
        }
        return fields
    }

    // MARK: - Failures

    private func failure(_ error: TransportError, sending: Sending) -> CallFailure {
        CallFailure(
            sending.isKeyReplaced ? .keyReplaced : FailureTable.kind(of: error.reason),
            detail: DetailText.scrub(error.detail.isEmpty ? "\(error.reason)" : error.detail))
    }

    private func failure(_ response: OutboundResponse, date: Instant?, sending: Sending) -> CallFailure {
        let envelope = ErrorEnvelope(response.body.bytes)
        let skew = date.flatMap { date in sending.signed.map { (date - $0).magnitude } }
        let kind = FailureTable.kind(
            status: response.status, codes: envelope?.codes ?? [],
            skewExplains: skew.map { $0 > Self.allowedSkew } ?? false)
        return CallFailure(
            kind, status: response.status, code: envelope?.codes.first,
            upstreamRequestID: requestID(of: response) ?? envelope?.requestID,
            detail: envelope.map { DetailText.scrub($0.message, accessKey: sending.accessKey) }
                ?? Self.describe(response),
            retryAfter: RetryAfter.read(response.field("Retry-After"), now: date ?? time.wall),
            quota: kind == .throttled ? envelope.flatMap { ThrottleText.quota(in: $0.message) } : nil,
            clockOffset: date.map { $0 - time.wall })
    }

    /// Of a body that is none of the cloud's: what it is, never what it says.
    private static func describe(_ response: OutboundResponse) -> String {
        if (300..<400).contains(response.status) { return "a redirect, which is not followed" }
        if response.body.count == 0 { return "no body" }
        let type = DetailText.scrub(response.field("Content-Type") ?? "", accessKey: nil)
        return "a body that is none of the cloud's error bodies, \(response.body.count) bytes"
            + (type.isEmpty ? "" : " of \(type)")
    }

    private func requestID(of response: OutboundResponse) -> String? {
        for name in ["X-Request-Id", "X-IAM-Trace-Id"] {
            if let id = response.field(name), PlainText.isPlain(id, limit: 128) { return id }
        }
        return nil
    }

    /// An answer that lay in a cache says when it was put there, which is of no use.
    private func cloudDate(of response: OutboundResponse) -> Instant? {
        guard response.field("Age") == nil, let text = response.field("Date") else { return nil }
        return Instant(httpDate: text, now: time.wall)
    }
}
