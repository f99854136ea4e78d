import API
import Inventory
import Platform
import Telemetry

/// What waits and what is held inside, for `/metrics`.
enum MemoryReadings {
    static let calls = GatewayMetrics.gauge("inventory_calls_in_flight", "Refreshes and live questions running.")
    static let queued = GatewayMetrics.gauge("inventory_calls_queued", "Refreshes waiting for their turn.")
    static let unread = GatewayMetrics.gauge("inventory_answers_unread", "Answers that have come and are not read yet.")
    static let raw = GatewayMetrics.gauge(
        "inventory_heavy_raw_bytes", "Bytes of heavy fields still to be masked and compressed.")
    static let readers = GatewayMetrics.gauge("inventory_readers_waiting", "Readers that wait for fresher rows.")
    static let charts = GatewayMetrics.gauge("inventory_charts", "Chart ids held.")
    static let workQueued = GatewayMetrics.gauge("work_queued", "Long plans waiting for a thread.")
    static let workRunning = GatewayMetrics.gauge("work_running", "Long plans running.")
    static let exports = GatewayMetrics.gauge("exports_running", "Exports running.")
    static let heavy = GatewayMetrics.gauge(
        "heavy_bytes", "Memory of values, parameters and resources, compressed.")
    static let heavyLimit = GatewayMetrics.gauge("heavy_limit_bytes", "Beyond it the largest are let go of.")
    static let pins = GatewayMetrics.gauge("pinned_snapshots", "Older snapshots held for page tokens and exports.")
    static let pinned = GatewayMetrics.gauge("pinned_bytes", "Memory that only older snapshots hold.")
    static let pinnedLimit = GatewayMetrics.gauge("pinned_limit_bytes", "Memory that older snapshots may hold.")
    static let shared = GatewayMetrics.gauge("shared_answers", "Answers kept for all who ask the same.")
    static let sharedBytes = GatewayMetrics.gauge("shared_answer_bytes", "Memory of the answers kept.")
    static let made = GatewayMetrics.counter("shared_answers_made_total", "Answers made and kept.")
    static let hits = GatewayMetrics.counter(
        "shared_answers_hits_total", "Requests answered with an answer that was kept.")
    static let families = [
        calls, queued, unread, raw, readers, charts, workQueued, workRunning, exports, heavy, heavyLimit, pins, pinned,
        pinnedLimit, shared, sharedBytes, made, hits,
    ]

    static func read(_ inventory: InventoryCounts, heavyLimit limit: Int, into readings: inout MetricReadings) {
        readings.add(calls, inventory.inFlight)
        readings.add(queued, inventory.queued)
        readings.add(unread, inventory.reading)
        readings.add(raw, inventory.rawBytes)
        readings.add(readers, inventory.waiting)
        readings.add(charts, inventory.charts)
        readings.add(heavy, inventory.heavyBytes)
        readings.add(heavyLimit, limit)
    }
    static func read(_ work: LongWork.Counts, into readings: inout MetricReadings) {
        readings.add(workQueued, work.pool.queued)
        readings.add(workRunning, work.pool.running)
        readings.add(exports, work.exports)
    }
    static func read(_ pages: PagesCounts, pinnedLimit limit: Int, into readings: inout MetricReadings) {
        readings.add(pins, pages.pinnedSnapshots)
        readings.add(pinned, pages.pinnedBytes)
        readings.add(pinnedLimit, limit)
        readings.add(shared, pages.shared.answers)
        readings.add(sharedBytes, pages.shared.bytes)
        readings.add(made, pages.shared.made)
        readings.add(hits, pages.shared.hits)
    }
}
