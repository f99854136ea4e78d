import API
import Inbound
import Inventory
import Locking
import Logging
import Platform
import Telemetry
import Timing

/// Keeps the process's memory within `server.memoryBudget` and what code, threads and connections take, or within the
/// limit of its container where that is less: looks twice a second, and lets go of what can be had again.
final class MemoryGuard: Sendable {
    static let ceiling = GatewayMetrics.gauge(
        "memory_ceiling_bytes", "Resident memory that is not to be reached: from 85 % of it on, caches are let go of.")
    static let level = GatewayMetrics.gauge(
        "memory_pressure", "0: enough memory; 1: caches are being let go of; 2: none are kept.")
    static let refuses = GatewayMetrics.gauge(
        "memory_refuses_live_reads", "1 while live reads are refused for lack of memory.")
    static let families = [ceiling, level, refuses]

    /// Code, threads, connections and bodies being received, which the budget does not count (docs/operating.md).
    static let base = 128 << 20

    private let config: GatewayConfig
    private let time: any TimeSource
    private let logger: Logger
    private let resident: @Sendable () -> Int?
    private let pressure: Lock<MemoryPressure>

    /// - Parameters:
    ///   - resident: bytes of the process; nil where nobody says.
    init(
        _ config: GatewayConfig, time: any TimeSource, logger: Logger,
        resident: @escaping @Sendable () -> Int?
    ) {
        self.config = config
        self.time = time
        self.logger = logger
        self.resident = resident
        pressure = Lock(
            MemoryPressure(
                full: MemoryPressure.Allowed(
                    caches: config.pages.pinnedBytes + config.pages.sharedBytes, heavy: config.heavyBytesBudget)))
    }

    /// False: there is no memory for what clusters would answer. Any thread.
    var takesLiveReads: Bool { pressure.withLock { $0.allowed.takesLiveReads } }

    /// Until the task is cancelled.
    func run(_ inventory: Inventory, _ pages: Pages) async {
        while (try? await time.sleep(for: .milliseconds(500))) != nil { look(inventory, pages) }
    }

    /// Looks once, and lets go of what is too much.
    func look(_ inventory: Inventory, _ pages: Pages) {
        guard let resident = resident() else { return }
        let counts = pages.counts
        let held = MemoryPressure.Held(
            resident: resident, caches: counts.pinnedBytes + counts.shared.bytes, heavy: inventory.counts.heavyBytes)
        let (before, now) = pressure.withLock { pressure in
            let before = pressure
            pressure.look(held, ceiling: ceilingBytes)
            return (before, pressure)
        }
        log(from: before, to: now, held)
        // Also when nothing is left to let go of: what requests have freed would stay, and look like what is held.
        defer { if now.level != .none { ProcessUsage.giveFreedBack() } }
        guard before.allowed != now.allowed else { return }
        let allowed = now.allowed
        pages.limit(
            pinnedBytes: min(config.pages.pinnedBytes, allowed.caches),
            sharedBytes: min(config.pages.sharedBytes, allowed.caches))
        inventory.limitHeavyBytes(to: allowed.heavy)
    }

    func read(into readings: inout MetricReadings) {
        let pressure = pressure.withLock { $0 }
        readings.add(Self.ceiling, ceilingBytes)
        readings.add(Self.level, pressure.level.rawValue)
        readings.add(Self.refuses, pressure.allowed.takesLiveReads ? 0 : 1)
    }

    // MARK: -

    private var ceilingBytes: Int {
        let wanted = config.server.memoryBudget + Self.base
        return min(wanted, MemoryLimit.current ?? wanted)
    }

    private func log(from before: MemoryPressure, to now: MemoryPressure, _ held: MemoryPressure.Held) {
        let metadata: Logger.Metadata = [
            "resident_bytes": "\(held.resident)", "ceiling_bytes": "\(ceilingBytes)", "cache_bytes": "\(held.caches)",
            "heavy_bytes": "\(held.heavy)",
        ]
        if before.level == .none, now.level != .none {
            logger.warning("memory is short, what can be had again is let go of", metadata: metadata)
        }
        if before.allowed.takesLiveReads, !now.allowed.takesLiveReads {
            logger.warning("memory is short, live reads are refused", metadata: metadata)
        }
        if before.level != .none, now.level == .none { logger.info("there is enough memory again", metadata: metadata) }
    }
}

extension GatewayConfig {
    /// A quarter of the memory budget is for bodies that are sent (`ListenerOptions`), half of it for heavy fields, the
    /// rest for rows, pins and bodies received.
    var heavyBytesBudget: Int { server.memoryBudget / 2 }
}
