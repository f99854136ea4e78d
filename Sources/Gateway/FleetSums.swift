import Query
import ReleaseModel
import Telemetry
import Timing

/// Adds clusters up: the first of them each by itself, the rest together.
struct FleetSums {
    private struct Sum {
        var age: Duration?
        var failing: [Reason: Int] = [:]
        var statuses: [String: Int] = [:]
        var stuck = 0
        var dropped = 0
        var repaired = 0
    }
    private let limit: Int
    private let stuckBefore: Instant
    private var sums: [(label: String, sum: Sum)] = []
    private var other: Sum?
    private var named: [Cluster] = []
    private var oldest = Duration.zero

    init(limit: Int, stuckBefore: Instant) {
        self.limit = limit
        self.stuckBefore = stuckBefore
    }

    mutating func add(_ entry: ClusterEntry, _ rows: RowSummary?, now: Duration) {
        if named.count < limit {
            named.append(entry.cluster)
            var sum = Sum()
            add(entry, rows, now: now, to: &sum)
            sums.append((entry.cluster.id.text, sum))
        } else {
            var sum = other ?? Sum()
            add(entry, rows, now: now, to: &sum)
            other = sum
        }
    }

    private mutating func add(_ entry: ClusterEntry, _ rows: RowSummary?, now: Duration, to sum: inout Sum) {
        if let failure = entry.standing.lastFailure, entry.cluster.skip == nil {
            sum.failing[failure.reason, default: 0] += 1
        }
        guard let part = entry.part, let rows, let success = entry.standing.lastSuccess else { return }
        let age = now - success.sentUptime
        sum.age = max(sum.age ?? .zero, age)
        if entry.cluster.skip == nil { oldest = max(oldest, age) }
        for (status, count) in rows.statuses { sum.statuses[status, default: 0] += count }
        sum.stuck += rows.unfinished.reduce(0) { $0 + ($1 < stuckBefore ? 1 : 0) }
        sum.dropped += part.dropped
        sum.repaired += part.repaired
    }

    func write(to readings: inout MetricReadings) {
        for cluster in named {
            readings.add(
                FleetReadings.info, [cluster.id.text, cluster.name, cluster.region, cluster.kind.rawValue], 1)
        }
        for (label, sum) in sums + (other.map { [("other", $0)] } ?? []) {
            if let age = sum.age { readings.add(FleetReadings.age, [label], age) }
            for (reason, count) in sum.failing { readings.add(FleetReadings.failing, [label, reason.rawValue], count) }
            for (status, count) in sum.statuses { readings.add(FleetReadings.releases, [label, status], count) }
            if sum.age != nil { readings.add(FleetReadings.stuck, [label], sum.stuck) }
            if sum.dropped > 0 { readings.add(FleetReadings.dropped, [label], sum.dropped) }
            if sum.repaired > 0 { readings.add(FleetReadings.repaired, [label], sum.repaired) }
        }
        readings.add(FleetReadings.oldest, oldest)
    }
}
