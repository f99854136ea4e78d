/// Where in a trace something happens: what `traceparent` and `tracestate` carry (W3C Trace Context).
package struct TraceContext: Sendable, Equatable {
    package struct TraceID: Sendable, Hashable {
        let high: UInt64
        let low: UInt64
    }
    package let trace: TraceID
    /// Of the span that what happens here belongs to; never zero.
    package let span: UInt64
    /// Somebody up the chain keeps this trace.
    package let isSampled: Bool
    /// The trace's id was made at random, says who made it (Trace Context level 2).
    let isRandom: Bool
    /// `tracestate`, checked, as it goes on; empty: none.
    package let state: String

    init(trace: TraceID, span: UInt64, isSampled: Bool, isRandom: Bool = false, state: String = "") {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
        self.isRandom = isRandom
        self.state = state
    }

    /// The context of a request; nil without a `traceparent`, or with one that is not to be trusted: more than one, or
    /// one that breaks a rule. A broken `tracestate` is let go of alone (§3.3: the trace goes on without it).
    ///
    /// - Parameter fields: names in lower case.
    package init?(_ fields: [(name: String, value: String)]) {
        var parent: String?
        for field in fields where field.name == "traceparent" {
            if parent != nil { return nil }
            parent = field.value
        }
        guard let parent, let read = Self.parse(parent) else { return nil }
        self.init(
            trace: read.trace, span: read.span, isSampled: read.flags & 1 != 0, isRandom: read.flags & 2 != 0,
            state: TraceState.checked(fields.lazy.filter { $0.name == "tracestate" }.map(\.value)) ?? "")
    }

    /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`
    package var traceparent: String {
        let flags = (isSampled ? 1 : 0) + (isRandom ? 2 : 0)
        return "00-\(trace.text)-\(Self.text(span))-0\(flags)"
    }

    /// The same place in the same trace for a child span.
    func under(span: UInt64, isSampled: Bool) -> TraceContext {
        TraceContext(trace: trace, span: span, isSampled: isSampled, isRandom: isRandom, state: state)
    }

    static func text(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    // MARK: - traceparent

    /// §3.2: version, trace, parent and flags in lower-case digits. A later version may go on behind another dash.
    private static func parse(_ text: String) -> (trace: TraceID, span: UInt64, flags: UInt64)? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = hex(bytes[0..<2]), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == dash,
            let high = hex(bytes[3..<19]), let low = hex(bytes[19..<35]), let span = hex(bytes[36..<52]),
            let flags = hex(bytes[53..<55]), high != 0 || low != 0, span != 0
        else { return nil }
        return (TraceID(high: high, low: low), span, flags)
    }
    private static let dash = UInt8(ascii: "-")

    /// At most sixteen digits; capitals are none here.
    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}

extension TraceContext.TraceID {
    package var text: String { TraceContext.text(high) + TraceContext.text(low) }
}
