import DequeModule

/// Who may send now and who waits. Plain data: `AdmissionQueue` holds the lock, the clock and the waiting tasks.
///
/// First come, first served within an origin; between origins one each in turn, so that an origin at its own limit
/// delays nobody else.
struct Admission<Waiter> {
    struct Limits: Equatable {
        /// Calls in flight over all origins.
        var inAll: Int
        var perOrigin: Int
        /// Calls waiting over all origins.
        var queue: Int
    }
    enum Entry: Equatable {
        case admitted
        /// Waits; the number withdraws it.
        case queued(Int)
        case overloaded
        case stopped
    }
    private struct Lane {
        var running = 0
        var waiting: Deque<(number: Int, waiter: Waiter)> = []
    }

    private let limits: Limits
    private var lanes: [String: Lane] = [:]
    /// Origins with somebody waiting, each once, the next to be served first.
    private var turns: Deque<String> = []
    private var lastNumber = 0
    private var isStopped = false
    private(set) var running = 0
    private(set) var queued = 0

    init(limits: Limits) { self.limits = limits }

    /// - Parameter isFull: the bodies in memory use up their budget; then one call at a time is admitted.
    mutating func enter(_ waiter: Waiter, origin: String, isFull: Bool) -> Entry {
        guard !isStopped else { return .stopped }
        if lanes.count >= 64 { dropIdleLanes() }
        let lane = lanes[origin] ?? Lane()
        lanes[origin] = lane
        if lane.waiting.isEmpty, takeSlot(origin, isFull: isFull) { return .admitted }
        guard queued < limits.queue else { return .overloaded }
        lastNumber += 1
        queued += 1
        if lane.waiting.isEmpty { turns.append(origin) }
        lanes[origin]?.waiting.append((lastNumber, waiter))
        return .queued(lastNumber)
    }

    /// A call admitted before has ended. Whoever may follow comes from `admitNext`.
    mutating func leave(origin: String) {
        precondition(running > 0 && (lanes[origin]?.running ?? 0) > 0, "left more often than admitted")
        lanes[origin]?.running -= 1
        running -= 1
    }

    /// Everybody who may go now, in the order of admission. Each must `leave` later.
    mutating func admitNext(isFull: Bool) -> [(origin: String, waiter: Waiter)] {
        var admitted: [(origin: String, waiter: Waiter)] = []
        var untried = turns.count
        while untried > 0, hasRoom(isFull: isFull), let origin = turns.popFirst() {
            untried -= 1
            guard takeSlot(origin, isFull: isFull), let next = lanes[origin]?.waiting.popFirst() else {
                turns.append(origin)
                continue
            }
            queued -= 1
            admitted.append((origin, next.waiter))
            if lanes[origin]?.waiting.isEmpty == false {
                turns.append(origin)
                untried += 1
            }
        }
        return admitted
    }

    /// Takes a waiting call out of the queue; false when it is not in there any more.
    mutating func withdraw(_ number: Int, origin: String) -> Bool {
        guard let waiting = lanes[origin]?.waiting else { return false }
        // Numbers ascend within a lane.
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < waiting.count, waiting[low].number == number else { return false }
        lanes[origin]?.waiting.remove(at: low)
        queued -= 1
        if waiting.count == 1 { turns.removeAll { $0 == origin } }
        return true
    }

    /// Admits nobody from now on; gives back all who wait.
    mutating func stop() -> [Waiter] {
        isStopped = true
        let waiters = turns.flatMap { lanes[$0]?.waiting.map(\.waiter) ?? [] }
        for origin in turns { lanes[origin]?.waiting = [] }
        turns = []
        queued = 0
        return waiters
    }

    // MARK: -

    private func hasRoom(isFull: Bool) -> Bool { running < limits.inAll && (!isFull || running == 0) }

    private mutating func takeSlot(_ origin: String, isFull: Bool) -> Bool {
        guard var lane = lanes[origin], hasRoom(isFull: isFull), lane.running < limits.perOrigin else { return false }
        lane.running += 1
        running += 1
        lanes[origin] = lane
        return true
    }
    private mutating func dropIdleLanes() {
        lanes = lanes.filter { _, lane in lane.running > 0 || !lane.waiting.isEmpty }
    }
}
