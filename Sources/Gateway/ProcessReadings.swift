import Platform
import Telemetry

/// The process itself, for `/metrics`; what every program has is named as every program names it.
enum ProcessReadings {
    static let ready = GatewayMetrics.gauge("ready", "1 while requests should be sent here.")
    static let build = GatewayMetrics.gauge("build_info", ["version"], "Always 1.")
    static let linesDropped = GatewayMetrics.counter(
        "log_lines_dropped_total", "Log lines that nobody read in time, or that the disk had no room for.")
    static let spans = GatewayMetrics.counter("trace_spans_total", ["result"], "Spans by what became of them.")
    static let spansQueued = GatewayMetrics.gauge("trace_spans_queued", "Spans that wait for export.")
    static let resident = MetricFamily("process_resident_memory_bytes", .gauge, "Resident memory.")
    static let virtual = MetricFamily("process_virtual_memory_bytes", .gauge, "Address space.")
    static let cpu = MetricFamily("process_cpu_seconds_total", .counter, "User and system time.")
    static let open = MetricFamily("process_open_fds", .gauge, "Open file descriptors.")
    static let maxOpen = MetricFamily("process_max_fds", .gauge, "Limit on open file descriptors.")
    static let threads = MetricFamily("process_threads", .gauge, "Threads.")
    static let start = MetricFamily("process_start_time_seconds", .gauge, "Unix time of the start of the process.")
    static let families = [
        ready, build, linesDropped, spans, spansQueued, resident, virtual, cpu, open, maxOpen, threads, start,
    ]

    static func read(isReady: Bool, linesLost: Int, _ counts: SpanQueue.Counts?, into readings: inout MetricReadings) {
        readings.add(ready, isReady ? 1 : 0)
        readings.add(build, [GatewayVersion.current], 1)
        readings.add(linesDropped, linesLost)
        if let counts {
            readings.add(spans, ["exported"], counts.exported)
            readings.add(spans, ["dropped"], counts.dropped)
            readings.add(spans, ["failed"], counts.failed)
            readings.add(spansQueued, counts.queued)
        }
        let usage = ProcessUsage.now
        if let bytes = usage.residentBytes { readings.add(resident, bytes) }
        if let bytes = usage.virtualBytes { readings.add(virtual, bytes) }
        if let seconds = usage.cpuSeconds { readings.add(cpu, seconds) }
        if let count = usage.openDescriptors { readings.add(open, count) }
        if let count = usage.maxDescriptors { readings.add(maxOpen, count) }
        if let count = usage.threads { readings.add(threads, count) }
        if let seconds = usage.startedAt { readings.add(start, seconds) }
    }
}
