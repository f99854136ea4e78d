import CQueryBound
import Query
import ReleaseModel
import Timing

/// What a page costs in process over 1,000,000 releases in 2,000 clusters.
enum QueryQuestions {
    static func ask(_ fleet: BenchFleet, rounds: Int = 15, into report: inout Report) {
        askFiltered(fleet, rounds: rounds, into: &report)
        let orders = ["cluster_name", "update_at desc", "status", "namespace", "chart_name desc", "version", "name"]
        for order in orders { askDeep(fleet, by: order, rounds: rounds, into: &report) }
    }

    static func askFiltered(_ fleet: BenchFleet, rounds: Int, into report: inout Report) {
        let snapshot = fleet.snapshot
        let all = Array(snapshot.entries.indices)
        let now = Instant(seconds: 1_790_000_000)
        func selection(_ parameters: [(name: String, value: String)]) -> Selection? {
            try? ListRequest(parameters: parameters).selection
        }
        let filter = [(name: "namespace", value: BenchFleet.namespaceNames[7]), (name: "status", value: "FAILED")]
        guard let filtered = selection(filter),
            let newest = selection(filter + [(name: "order_by", value: "update_at desc")])
        else { return }
        var rows = [UInt32](repeating: 0, count: 50)
        func bound(_ run: (UnsafePointer<cquerybound_columns>) -> Int) -> Int {
            fleet.namespaces.withUnsafeBufferPointer { namespaces in
                fleet.statuses.withUnsafeBufferPointer { statuses in
                    fleet.updated.withUnsafeBufferPointer { updated in
                        var columns = cquerybound_columns(
                            namespaces: namespaces.baseAddress, statuses: statuses.baseAddress,
                            updated: updated.baseAddress, count: namespaces.count)
                        return run(&columns)
                    }
                }
            }
        }
        func page(_ selection: Selection, after key: PageKey? = nil) -> PageResult {
            selection.page(of: snapshot, rowsFrom: all, now: now, after: key, limit: 50)
        }
        // The same rows, or the figures say nothing.
        let expected = bound { cquerybound_filter($0, 7, 1, &rows, rows.count) }
        precondition(page(filtered).totalSize == expected && page(newest).totalSize == expected)
        report.add(
            "query.filtered.of1M", "page filtered by namespace and status", against: "plain loop over packed columns",
            Paired.rounds(rounds) {
                _ = page(filtered)
            } against: {
                _ = bound { cquerybound_filter($0, 7, 1, &rows, rows.count) }
            }, reach: .atMost(2))
        report.add(
            "query.filteredNewest.of1M", "the same, updated last first", against: "plain loop and a heap",
            Paired.rounds(rounds) {
                _ = page(newest)
            } against: {
                _ = bound { cquerybound_filter_newest($0, 7, 1, &rows, rows.count) }
            }, reach: .atMost(2))
    }

    static func askDeep(_ fleet: BenchFleet, by order: String, rounds: Int, into report: inout Report) {
        let snapshot = fleet.snapshot
        let all = Array(snapshot.entries.indices)
        let now = Instant(seconds: 1_790_000_000)
        guard let sorted = try? ListRequest(parameters: [(name: "order_by", value: order)]).selection else { return }
        func page(after key: PageKey? = nil) {
            _ = sorted.page(of: snapshot, rowsFrom: all, now: now, after: key, limit: 50)
        }
        let deep = key(before: 10_000, of: sorted, snapshot, all, now)
        precondition(deep != nil, "there are not so many pages")
        report.add(
            "query.deep.\(order.replacing(" ", with: "."))", "page 10,000 by \(order)", against: "its first page",
            Paired.rounds(rounds) {
                page(after: deep)
            } against: {
                page()
            }, reach: .atMost(1.5))
    }

    /// Where page `number` begins, in pages of 50.
    private static func key(
        before number: Int, of selection: Selection, _ snapshot: Snapshot, _ entries: [Int], _ now: Instant
    ) -> PageKey? {
        selection.page(of: snapshot, rowsFrom: entries, now: now, after: nil, limit: (number - 1) * 50).next
    }
}
