import Timing

/// One piece of work in a trace, from its start to its end; it is recorded when it ends.
package struct Span: Sendable {
    /// The values of `SpanKind` in OTLP.
    package enum Kind: Int, Sendable {
        case inside = 1
        case server = 2
        case client = 3
    }
    /// Bounded texts and numbers: a route, a cluster's id, a reason. Never a release, a key or a text of the cloud's.
    package enum Attribute: Sendable, Equatable {
        case text(String)
        case number(Int)
    }
    /// Its own place: children and calls go under it.
    package let context: TraceContext
    /// The id of the span it belongs to; nil: the trace begins here.
    package let parent: UInt64?
    package let name: StaticString
    package let kind: Kind
    let start: Instant
    /// Of the same moment, by `TimeSource.uptime`.
    let startUptime: Duration
}

/// A span that is over, as it waits for export.
package struct EndedSpan: Sendable {
    package let span: Span
    package let duration: Duration
    package let attributes: [(key: StaticString, value: Span.Attribute)]
    /// It did not do what it was to do.
    package let hasFailed: Bool
}

/// Whose doing a call is: carried from a request down to the calls that are made for it.
package struct CallOrigin: Sendable {
    /// What the request is called, `X-Request-Id`; nil for what nobody asked for.
    package let requestID: String?
    package let trace: TraceContext?

    package init(requestID: String?, trace: TraceContext?) {
        self.requestID = requestID
        self.trace = trace
    }

    /// Of the task that runs now. It does not reach the calls that others wait for as well: those are made in tasks of
    /// the inventory, which is told by who asks first.
    @TaskLocal package static var current: CallOrigin?

    /// The same, one span further down.
    package func under(_ span: Span?) -> CallOrigin {
        span.map { CallOrigin(requestID: requestID, trace: $0.context) } ?? self
    }
}
