import JSON
import Timing

/// Writes spans as OTLP does in JSON (opentelemetry-proto, `ExportTraceServiceRequest`): ids as hexadecimal digits,
/// 64-bit numbers as text.
struct OTLPEncoder: Sendable {
    /// What is said of this process in every request.
    let serviceName: String
    let serviceVersion: String
    let instance: String

    func body(_ spans: [EndedSpan]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + spans.count * 512)
        writer.beginObject()
        writer.key("resourceSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        attributes(
            [
                ("service.name", .text(serviceName)), ("service.version", .text(serviceVersion)),
                ("service.instance.id", .text(instance)),
            ], to: &writer)
        writer.endObject()
        writer.key("scopeSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.member("name", serviceName)
        writer.member("version", serviceVersion)
        writer.endObject()
        writer.key("spans")
        writer.beginArray()
        for span in spans { append(span, to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func append(_ ended: EndedSpan, to writer: inout JSONWriter) {
        let span = ended.span
        writer.beginObject()
        writer.member("traceId", span.context.trace.text)
        writer.member("spanId", TraceContext.text(span.context.span))
        if !span.context.state.isEmpty { writer.member("traceState", span.context.state) }
        if let parent = span.parent { writer.member("parentSpanId", TraceContext.text(parent)) }
        writer.member("name", span.name.description)
        writer.member("kind", span.kind.rawValue)
        writer.member("startTimeUnixNano", Self.nanoseconds(span.start))
        writer.member("endTimeUnixNano", Self.nanoseconds(span.start + max(.zero, ended.duration)))
        attributes(ended.attributes, to: &writer)
        writer.key("status")
        writer.beginObject()
        if ended.hasFailed { writer.member("code", 2) }
        writer.endObject()
        writer.endObject()
    }

    private func attributes(
        _ attributes: [(key: StaticString, value: Span.Attribute)], to writer: inout JSONWriter
    ) {
        writer.key("attributes")
        writer.beginArray()
        for (key, value) in attributes {
            writer.beginObject()
            writer.member("key", key.description)
            writer.key("value")
            writer.beginObject()
            switch value {
            case .text(let text): writer.member("stringValue", text)
            case .number(let number): writer.member("intValue", String(number))
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    /// Times before 1970 or past the year 2262 cannot be written; our clock shows neither.
    private static func nanoseconds(_ instant: Instant) -> String {
        let (whole, overflow) = instant.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflows) = whole.addingReportingOverflow(Int64(instant.nanoseconds))
        return overflow || overflows || sum < 0 ? "0" : String(sum)
    }
}
