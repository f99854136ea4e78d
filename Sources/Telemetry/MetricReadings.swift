/// What all metrics say at one moment. Filled by the registry and by whoever reads gauges off something that keeps them
/// anyway.
package struct MetricReadings: Sendable {
    enum Value: Sendable, Equatable {
        case number(Double)
        case histogram(HistogramCell.State)
    }
    struct Sample: Sendable {
        let labels: [String]
        let value: Value
    }
    private var samples: [String: [Sample]] = [:]

    package init() {}

    /// - Parameter labels: the values of the family's labels, in their order.
    package mutating func add(_ family: MetricFamily, _ labels: [String], _ value: Double) {
        append(family, labels, .number(value))
    }
    package mutating func add(_ family: MetricFamily, _ labels: [String], _ value: Int) {
        add(family, labels, Double(value))
    }
    package mutating func add(_ family: MetricFamily, _ labels: [String], _ value: Duration) {
        add(family, labels, value / .seconds(1))
    }
    package mutating func add(_ family: MetricFamily, _ value: Double) { add(family, [], value) }
    package mutating func add(_ family: MetricFamily, _ value: Int) { add(family, [], value) }
    package mutating func add(_ family: MetricFamily, _ value: Duration) { add(family, [], value) }
    mutating func add(_ family: MetricFamily, _ labels: [String], _ histogram: HistogramCell.State) {
        append(family, labels, .histogram(histogram))
    }

    /// The value of one series that is no histogram; nil when there is none. For tests.
    package func value(_ family: MetricFamily, _ labels: [String] = []) -> Double? {
        guard case .number(let value)? = samples[family.name]?.first(where: { $0.labels == labels })?.value
        else { return nil }
        return value
    }
    /// All series of a family added up, a histogram by how often was observed. For tests.
    package func total(_ family: MetricFamily, where isMeant: ([String]) -> Bool = { _ in true }) -> Double {
        (samples[family.name] ?? []).filter { isMeant($0.labels) }.reduce(0) { sum, sample in
            switch sample.value {
            case .number(let value): sum + value
            case .histogram(let state): sum + Double(state.buckets.reduce(0, +))
            }
        }
    }

    /// In the order of their labels.
    func samples(of family: MetricFamily) -> [Sample] {
        (samples[family.name] ?? []).sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }

    private mutating func append(_ family: MetricFamily, _ labels: [String], _ value: Value) {
        precondition(labels.count == family.labels.count, "other labels than those of the family")
        samples[family.name, default: []].append(Sample(labels: labels, value: value))
    }
}
