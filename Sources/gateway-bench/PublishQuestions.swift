import ReleaseModel

/// What it costs to publish after one part of many changed, beside a copy of the list of references to all parts.
enum PublishQuestions {
    static func ask(rounds: Int = 15, into report: inout Report) {
        for parts in [200, 2000, 20_000] {
            // Fewer releases where there are more parts: what a part holds is not touched.
            let before = BenchFleet(clusters: parts, releases: 10).snapshot
            let changed = BenchFleet(clusters: 1, releases: 100).snapshot.entries[0]
            // As many copies each that a round takes about as long whatever the fleet.
            let copies = 200_000 / parts
            let ratio = Paired.rounds(rounds) {
                for copy in 0..<copies { publish(before, changed, at: copy % parts) }
            } against: {
                for copy in 0..<copies { copyList(of: before, changed, at: copy % parts) }
            }
            report.add(
                "publish.of\(parts)", "publish after one of \(parts) parts changed",
                against: "a copy of the list of references to all parts", ratio, reach: .atMost(3))
        }
    }

    /// What the inventory does with a changed entry.
    @inline(never) private static func publish(_ before: Snapshot, _ changed: ClusterEntry, at slot: Int) {
        var entries = before.entries
        entries[slot] = ClusterEntry(
            cluster: entries[slot].cluster, part: changed.part, standing: changed.standing,
            contentHash: changed.contentHash)
        let next = Snapshot(entries: entries, id: before.id &+ changed.contentHash)
        precondition(next.entries.count == before.entries.count)
    }
    @inline(never) private static func copyList(of before: Snapshot, _ changed: ClusterEntry, at slot: Int) {
        var entries = before.entries
        entries[slot] = changed
        precondition(entries.count == before.entries.count)
    }
}
