import Outbound
import Settings

/// What is told about the gateway's own work: `telemetry:`.
package struct TelemetryConfig: Sendable, Equatable {
    /// A collector that takes OTLP over HTTP; nil: no spans are made.
    package var otlpEndpoint: OTLPEndpoint?
    /// Of the traces that begin here, how many are kept. A caller's decision goes before it.
    package var sampleRatio = 0.01
    /// Clusters with series of their own in `/metrics`; the rest together are `other`. A cluster has about ten.
    package var clusters = 200

    package init() {}

    package init(reading section: Section) {
        if let text = section.string("otlpEndpoint") {
            otlpEndpoint = OTLPEndpoint(text)
            if otlpEndpoint == nil {
                section.report("must be http:// or https://, a host, and perhaps a port and a path", at: "otlpEndpoint")
            }
        }
        sampleRatio = section.fraction("sampleRatio", default: sampleRatio)
        clusters = section.integer("clusters", default: clusters, in: 0...10_000)
    }
}

/// Where spans are sent: `http://collector:4318`.
package struct OTLPEndpoint: Sendable, Equatable {
    package let origin: String
    /// `/v1/traces` is appended to what was configured, as every OTLP exporter does.
    package let tracesURL: String

    /// Nil for what is no such address, or has a query, which no path may follow.
    package init?(_ text: String) {
        var base = text
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        guard let origin = Origin(of: base), !base.utf8.contains(where: { !Self.isPlain($0) }) else { return nil }
        self.origin = origin.description
        tracesURL = base + "/v1/traces"
    }

    /// Of a URL without query and fragment.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }
}
