import Timing

/// Makes spans where traces are kept, and hands them to the queue when they end. Where none is kept a span is nil and
/// costs one comparison.
package final class Tracer: Sendable {
    /// Keeps nothing.
    package static let off = Tracer(ratio: 0, queue: nil, time: SystemTime())

    private let ratio: Double
    private let queue: SpanQueue?
    private let time: any TimeSource

    /// - Parameters:
    ///   - ratio: of the traces that begin here, 0...1; a caller's own decision goes before it.
    ///   - queue: nil: nothing is kept, whatever callers say.
    package init(ratio: Double, queue: SpanQueue?, time: any TimeSource) {
        self.ratio = ratio
        self.queue = queue
        self.time = time
    }

    package var isOn: Bool { queue != nil }

    /// Begins a span, in the trace of `parent` where there is one; nil when the trace is not kept.
    ///
    /// - Parameter began: when it began, by `TimeSource.uptime`; nil: now.
    package func span(
        _ name: StaticString, _ kind: Span.Kind = .inside, under parent: TraceContext?, began: Duration? = nil
    ) -> Span? {
        guard queue != nil, parent?.isSampled ?? isChosen() else { return nil }
        var random = SystemRandomNumberGenerator()
        let id = UInt64.random(in: 1...UInt64.max, using: &random)
        let context =
            parent?.under(span: id, isSampled: true)
            ?? TraceContext(
                trace: TraceContext.TraceID(
                    high: .random(in: 1...UInt64.max, using: &random), low: .random(in: 0...UInt64.max, using: &random)),
                span: id, isSampled: true)
        let (wall, uptime) = (time.wall, time.uptime)
        let started = began ?? uptime
        return Span(
            context: context, parent: parent?.span, name: name, kind: kind, start: wall - (uptime - started),
            startUptime: started)
    }

    /// A span within a trace that is kept; nil without one.
    package func child(_ name: StaticString, _ kind: Span.Kind = .inside, of parent: TraceContext?) -> Span? {
        parent.flatMap { span(name, kind, under: $0) }
    }

    /// Records a span; does nothing for nil.
    package func end(
        _ span: Span?, failed: Bool = false,
        _ attributes: @autoclosure () -> [(key: StaticString, value: Span.Attribute)] = []
    ) {
        guard let span, let queue else { return }
        queue.add(
            EndedSpan(
                span: span, duration: time.uptime - span.startUptime, attributes: attributes(), hasFailed: failed))
    }

    private func isChosen() -> Bool { ratio > 0 && (ratio >= 1 || Double.random(in: 0..<1) < ratio) }
}
