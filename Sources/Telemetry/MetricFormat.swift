/// How a page of metrics is written.
package enum MetricFormat: Sendable, CaseIterable {
    /// Prometheus' own text format.
    case prometheus
    /// The OpenMetrics specification, 1.0.
    case openMetrics

    package var contentType: StaticString {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// All readings of the families, in their order; those that nothing was read of are left out.
    package func page(_ families: [MetricFamily], _ readings: MetricReadings) -> [UInt8] {
        var page = MetricPage(self)
        for family in families { page.append(family, readings.samples(of: family)) }
        page.end()
        return page.bytes
    }
}

/// Appends families to the text of a page.
private struct MetricPage {
    private let format: MetricFormat
    private(set) var bytes: [UInt8] = []

    init(_ format: MetricFormat) {
        self.format = format
        bytes.reserveCapacity(64 << 10)
    }

    mutating func append(_ family: MetricFamily, _ samples: [MetricReadings.Sample]) {
        guard !samples.isEmpty else { return }
        let name = format == .openMetrics ? family.openName : family.name
        line("# HELP ", name, " ", escaped(family.help, quotes: format == .openMetrics))
        line("# TYPE ", name, " ", Self.word(family.kind))
        if format == .openMetrics, let unit = family.unit { line("# UNIT ", name, " ", unit) }
        for sample in samples {
            switch sample.value {
            case .number(let value): line(family.name, labels(family, sample.labels), " ", number(value))
            case .histogram(let state): append(family, sample.labels, state)
            }
        }
    }
    mutating func end() {
        if format == .openMetrics { line("# EOF") }
    }

    // MARK: -

    private mutating func append(_ family: MetricFamily, _ values: [String], _ state: HistogramCell.State) {
        guard case .histogram(let bounds) = family.kind else { return }
        var count: UInt64 = 0
        for (index, bucket) in state.buckets.enumerated() {
            count &+= bucket
            let bound = index < bounds.count ? self.bound(bounds[index]) : "+Inf"
            line(family.name, "_bucket", labels(family, values, bound: bound), " ", String(count))
        }
        line(family.name, "_sum", labels(family, values), " ", number(state.sum))
        line(family.name, "_count", labels(family, values), " ", String(count))
    }

    private func labels(_ family: MetricFamily, _ values: [String], bound: String? = nil) -> String {
        var pairs = zip(family.labels, values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        return pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}"
    }

    /// What has a meaning in a line of the format, and nothing else: a label may be any other text.
    private func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x5C || $0 == 0x22 }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? "\(value)"
    }
    /// OpenMetrics writes bounds as floats always, so that those of two scrapes are the same text.
    private func bound(_ value: Double) -> String { format == .openMetrics ? "\(value)" : number(value) }

    private static func word(_ kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
    private mutating func line(_ pieces: String...) {
        for piece in pieces { bytes.append(contentsOf: piece.utf8) }
        bytes.append(0x0A)
    }
}
