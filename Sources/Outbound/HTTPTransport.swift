import Timing

/// One HTTP field line; names compare without case (RFC 9110 §5.1).
package struct HTTPField: Sendable, Equatable {
    package let name: String
    package let value: String
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One call to send. Complete: the transport adds no field but `Host` (`Origin.hostField` of the URL),
/// `Accept-Encoding: gzip` and, where there is a body, `Content-Length`.
package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }
    package var method: Method
    /// Absolute, percent-encoded.
    package var url: String
    package var fields: [HTTPField]
    package var body: [UInt8]
    package init(method: Method = .get, url: String, fields: [HTTPField] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }
}

/// A body with room behind it: the parser reads whole vectors past the end.
package struct ResponseBody: Sendable {
    /// `count` bytes, then at least `padding` zero bytes.
    package let storage: [UInt8]
    package let count: Int
    package static let padding = 64
    /// Keeps the bytes counted in the transport's budget until the body is dropped: decode it, do not keep it.
    private let lease: BodyLease?

    package init(storage: [UInt8], count: Int) { self.init(storage: storage, count: count, lease: nil) }
    init(storage: [UInt8], count: Int, lease: BodyLease?) {
        precondition(storage.count >= count + Self.padding)
        self.storage = storage
        self.count = count
        self.lease = lease
    }
    package init(_ bytes: some Collection<UInt8>) {
        var storage = Array(bytes)
        count = storage.count
        storage.append(contentsOf: repeatElement(0, count: Self.padding))
        self.storage = storage
        lease = nil
    }
    package var bytes: ArraySlice<UInt8> { storage[..<count] }
}

package struct OutboundResponse: Sendable {
    package var status: Int
    package var fields: [HTTPField]
    package var body: ResponseBody
    /// The request went out on a connection that an earlier call had opened.
    package var reusedConnection: Bool
    package init(status: Int, fields: [HTTPField] = [], body: ResponseBody, reusedConnection: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.reusedConnection = reusedConnection
    }
    /// The first field of that name, compared without case.
    package func field(_ name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why an attempt brought no answer. Messages hold neither URL, field nor body.
package struct TransportError: Error, Equatable, Sendable {
    package enum Reason: Sendable, Equatable {
        /// The name did not resolve.
        case resolve
        /// No connection: refused, unreachable or reset before TLS was up.
        case connect
        /// Connected, then reset, closed early or garbled before the answer was whole.
        case network
        /// Certificate, name or protocol version. Never retried.
        case tls
        /// The attempt's time ran out, wherever it was: lookup, connect, TLS, waiting or reading; or `connectTimeout` did.
        case timeout
        /// More than `maxResponseBytes` decoded, or more than the header cap.
        case tooLarge
        /// Not HTTP, or an encoding that was not offered.
        case invalidResponse
        /// The URL, scheme or a field is not allowed. Nothing was sent.
        case invalidRequest
        /// The admission queue is full and nothing was sent; or the answer's time ran out while it was held back
        /// because too many bytes of other answers were in memory. Not the server's fault.
        case overloaded
        /// Our caller went away. Never retried, never held against the cluster.
        case cancelled
        /// The transport was stopped.
        case stopped
    }
    package let reason: Reason
    /// For operators: what the library said in general terms (`curl_easy_strerror`).
    package let detail: String
    package init(_ reason: Reason, detail: String = "") {
        self.reason = reason
        self.detail = detail
    }
}

/// Sends calls. The real one is `CurlTransport`; tests script one.
package protocol HTTPTransport: Sendable {
    /// Waits for admission (which counts against no deadline), then makes the request and sends it once.
    ///
    /// - Parameters:
    ///   - origin: scheme, host and port of the request, `https://cce.cn-north-4.myhuaweicloud.com`; what limits by
    ///     host are counted by.
    ///   - timeout: for this attempt, from admission to the last byte.
    ///   - makeRequest: called on the calling task after admission, so that what is signed is signed at send time.
    /// A cancelled task aborts its transfer and throws `.cancelled`.
    func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse
}
