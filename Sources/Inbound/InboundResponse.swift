/// What a handler answers. The server adds `Connection` and `Content-Length`, and `Date` unless the handler gives one;
/// for `HEAD` it sends no body.
package struct InboundResponse: Sendable {
    package enum Body: Sendable {
        /// Copied nowhere: libmicrohttpd reads them where they are until they are sent.
        case bytes([UInt8])
        /// Sent one after the other, without being joined.
        case slices([[UInt8]])
        /// Sent chunked, pulled as the peer reads. To HTTP/1.0 the end of the connection is the end of the body, so
        /// that a body cut short looks like a whole one there.
        case stream(any BodyStream)
    }
    package var status: Int
    package var fields: [(name: String, value: String)]
    package var body: Body
    /// Ends the connection after this answer.
    package var closesConnection: Bool
    /// The handler's own number of what was answered, and its name for the request; handed back when it is over.
    package var route = 0
    package var requestID = ""

    package init(
        status: Int, fields: [(name: String, value: String)] = [], body: Body = .bytes([]),
        closesConnection: Bool = false
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closesConnection = closesConnection
    }
}

/// A body made while it is sent. Called on the library's threads, by one at a time; must not block. Let go of when
/// nobody will ask again: the body is sent, or the peer has gone or was cut off, or none was wanted (`HEAD`).
package protocol BodyStream: AnyObject, Sendable {
    func next(atMost count: Int) -> BodyChunk
}

package enum BodyChunk: Sendable {
    /// At least one byte, at most as many as were asked for.
    case bytes([UInt8])
    /// Nothing yet: the connection sleeps until the time given (by `TimeSource.uptime`), then asks again.
    case later(Duration)
    /// Nothing yet: the connection sleeps until the signal is given, at most until the time, then asks again.
    case waiting(BodySignal, atMostUntil: Duration)
    case end
    /// The body cannot be completed: the connection is cut, so that the peer sees that it is not whole.
    case abort
}
