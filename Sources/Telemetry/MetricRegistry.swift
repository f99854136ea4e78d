import CoreMetrics
import Locking

/// swift-metrics' backend: makes the series of the families it was given, and says what they hold.
///
/// It is handed to who observes (`Counter(label:dimensions:factory:)`) and never installed for the whole process, so
/// that two gateways in one process count apart. What is no family of its own, has other labels than its family, or is
/// one series too many is not kept; observing it costs nothing and says nothing.
package final class MetricRegistry: MetricsFactory {
    private enum Cell {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
    }
    /// Of one family: labels are bounded where they are made, and here once more.
    private static let seriesLimit = 4096

    package let families: [MetricFamily]
    private let byName: [String: MetricFamily]
    /// By family, then by the values of its labels in their order.
    private let cells = Lock<[String: [[String]: Cell]]>([:])

    package init(_ families: [MetricFamily]) {
        self.families = families
        byName = Dictionary(families.map { ($0.name, $0) }) { first, _ in first }
    }

    /// All series as they stand, for a page of metrics.
    package var readings: MetricReadings {
        let cells = cells.withLock { $0 }
        var readings = MetricReadings()
        for family in families {
            for (labels, cell) in cells[family.name] ?? [:] {
                switch cell {
                case .counter(let counter): readings.add(family, labels, Double(counter.value))
                case .gauge(let gauge): readings.add(family, labels, gauge.value)
                case .histogram(let histogram):
                    // Twenty lines of zeros for each route that nobody asks would drown the others.
                    let value = histogram.value
                    if value.buckets.contains(where: { $0 > 0 }) { readings.add(family, labels, value) }
                }
            }
        }
        return readings
    }

    // MARK: - MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let cell)? = cell(label, dimensions, { $0 == .counter ? .counter(CounterCell()) : nil })
        else { return NOOPMetricsHandler.instance }
        return cell
    }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard let cell = gauge(label, dimensions) else { return NOOPMetricsHandler.instance }
        return cell
    }
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let made: (any RecorderHandler)? = aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
        return made ?? NOOPMetricsHandler.instance
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard let cell = histogram(label, dimensions) else { return NOOPMetricsHandler.instance }
        return cell
    }
    // A series lives as long as the process: a counter that vanishes and comes back reads as a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: -

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell? {
        guard case .gauge(let cell)? = cell(label, dimensions, { $0 == .gauge ? .gauge(GaugeCell()) : nil })
        else { return nil }
        return cell
    }
    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell? {
        let made = cell(label, dimensions) { kind in
            if case .histogram(let bounds) = kind { .histogram(HistogramCell(bounds: bounds)) } else { nil }
        }
        guard case .histogram(let cell)? = made else { return nil }
        return cell
    }

    /// The same for the same name and labels, whoever asks.
    private func cell(
        _ name: String, _ dimensions: [(String, String)], _ make: (MetricFamily.Kind) -> Cell?
    ) -> Cell? {
        guard let family = byName[name], dimensions.map(\.0) == family.labels, let new = make(family.kind) else {
            return nil
        }
        let values = dimensions.map(\.1)
        return cells.withLock { cells in
            if let known = cells[name]?[values] { return known }
            guard cells[name]?.count ?? 0 < Self.seriesLimit else { return nil }
            cells[name, default: [:]][values] = new
            return new
        }
    }
}
