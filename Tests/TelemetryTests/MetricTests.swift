import CoreMetrics
import Telemetry
import Testing

@Suite struct MetricTests {
    private static let calls = MetricFamily("t_calls_total", .counter, labels: ["to"], "Calls.")
    private static let heat = MetricFamily("t_heat", .gauge, "How warm \\ it is,\nin \"words\".")
    private static let wait = MetricFamily("t_wait_seconds", .histogram([0.5, 1, 2.5]), labels: ["to"], "Waits.")
    private static let families = [calls, heat, wait]
    private let registry = MetricRegistry(families)

    private func page(_ format: MetricFormat) -> String {
        String(decoding: format.page(Self.families, registry.readings), as: UTF8.self)
    }

    @Test func `Prometheus' text is written to the letter`() {
        Counter(label: "t_calls_total", dimensions: [("to", "b")], factory: registry).increment(by: 3)
        Counter(label: "t_calls_total", dimensions: [("to", "a")], factory: registry).increment()
        Gauge(label: "t_heat", factory: registry).record(-0.25)
        let timer = CoreMetrics.Timer(label: "t_wait_seconds", dimensions: [("to", "a")], factory: registry)
        for nanoseconds in [500_000_000, 500_000_001, 2_000_000_000, 9_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            page(.prometheus) == """
                # HELP t_calls_total Calls.
                # TYPE t_calls_total counter
                t_calls_total{to="a"} 1
                t_calls_total{to="b"} 3
                # HELP t_heat How warm \\\\ it is,\\nin "words".
                # TYPE t_heat gauge
                t_heat -0.25
                # HELP t_wait_seconds Waits.
                # TYPE t_wait_seconds histogram
                t_wait_seconds_bucket{to="a",le="0.5"} 1
                t_wait_seconds_bucket{to="a",le="1"} 2
                t_wait_seconds_bucket{to="a",le="2.5"} 3
                t_wait_seconds_bucket{to="a",le="+Inf"} 4
                t_wait_seconds_sum{to="a"} 12.000000001
                t_wait_seconds_count{to="a"} 4

                """)
    }

    @Test func `OpenMetrics names families without total, knows units and has an end`() {
        Counter(label: "t_calls_total", dimensions: [("to", "a")], factory: registry).increment()
        Gauge(label: "t_heat", factory: registry).record(2)
        CoreMetrics.Timer(label: "t_wait_seconds", dimensions: [("to", "a")], factory: registry).recordNanoseconds(1)
        #expect(
            page(.openMetrics) == """
                # HELP t_calls Calls.
                # TYPE t_calls counter
                t_calls_total{to="a"} 1
                # HELP t_heat How warm \\\\ it is,\\nin \\"words\\".
                # TYPE t_heat gauge
                t_heat 2
                # HELP t_wait_seconds Waits.
                # TYPE t_wait_seconds histogram
                # UNIT t_wait_seconds seconds
                t_wait_seconds_bucket{to="a",le="0.5"} 1
                t_wait_seconds_bucket{to="a",le="1.0"} 1
                t_wait_seconds_bucket{to="a",le="2.5"} 1
                t_wait_seconds_bucket{to="a",le="+Inf"} 1
                t_wait_seconds_sum{to="a"} 1e-09
                t_wait_seconds_count{to="a"} 1
                # EOF

                """)
    }

    @Test(arguments: MetricFormat.allCases)
    func `a label's value cannot end its quotes or its line`(format: MetricFormat) {
        let hostile = "a\"} 1\nt_calls_total{to=\"forged\\"
        Counter(label: "t_calls_total", dimensions: [("to", hostile)], factory: registry).increment()
        let lines = page(format).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == [#"t_calls_total{to="a\"} 1\nt_calls_total{to=\"forged\\"} 1"#])
    }

    @Test(arguments: [(Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"), (0.1, "0.1")])
    func `numbers are written as both formats read them`(value: Double, text: String) {
        Gauge(label: "t_heat", factory: registry).record(value)
        #expect(page(.prometheus).hasSuffix("\nt_heat \(text)\n"))
    }

    @Test func `the same name and labels are the same series, whoever asks`() {
        for _ in 0..<2 { Counter(label: "t_calls_total", dimensions: [("to", "a")], factory: registry).increment() }
        #expect(registry.readings.value(Self.calls, ["a"]) == 2)
        let other = MetricRegistry(Self.families)
        #expect(other.readings.value(Self.calls, ["a"]) == nil, "registries share nothing")
    }

    @Test func `a counter never goes down and stops at its end`() {
        let counter = Counter(label: "t_calls_total", dimensions: [("to", "a")], factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(registry.readings.value(Self.calls, ["a"]) == 5)
        counter.increment(by: Int64.max)
        #expect(registry.readings.value(Self.calls, ["a"]) == Double(Int64.max))
    }

    @Test func `what is no family, has other labels or another kind is not kept`() {
        Counter(label: "t_unknown_total", factory: registry).increment()
        Counter(label: "t_calls_total", factory: registry).increment()
        Counter(label: "t_calls_total", dimensions: [("from", "a")], factory: registry).increment()
        Gauge(label: "t_calls_total", dimensions: [("to", "a")], factory: registry).record(1)
        Counter(label: "t_heat", factory: registry).increment()
        #expect(page(.prometheus).isEmpty)
    }

    @Test func `series of one family are bounded`() {
        for number in 0..<5000 {
            Counter(label: "t_calls_total", dimensions: [("to", "\(number)")], factory: registry).increment()
        }
        #expect(registry.readings.total(Self.calls) == 4096)
    }

    @Test func `observations from many threads are all there`() async {
        let timer = CoreMetrics.Timer(label: "t_wait_seconds", dimensions: [("to", "a")], factory: registry)
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { timer.recordNanoseconds(1_000_000) } } }
        }
        #expect(registry.readings.total(Self.wait) == 8000)
    }
}
