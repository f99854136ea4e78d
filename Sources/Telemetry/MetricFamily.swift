/// One metric by name: what it counts, and which labels its series have. Every module declares its own; a registry is
/// made of all of them.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// With the upper bounds of its buckets, ascending, in base units; the one of all is not among them.
        case histogram([Double])
    }
    /// With its unit, and `_total` where it counts (Prometheus' conventions).
    package let name: String
    package let kind: Kind
    package let labels: [String]
    package let help: String

    package init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// From half a millisecond to the longest `server.requestTimeout` that makes sense.
    package static let requestSeconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// From what a warm connection in the same region takes to the longest `upstream.timeout` that makes sense.
    package static let callSeconds: [Double] = [
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60,
    ]

    /// Without `_total`: what OpenMetrics calls the family of a counter.
    var openName: String {
        kind == .counter && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    }
    /// The base unit that the name ends with; nil: it has none.
    var unit: String? { ["seconds", "bytes"].first { openName.hasSuffix("_" + $0) } }
}
