import JSON
import Query
import ReleaseModel

/// The answer to `explain=true`: the question in one form, whom it is about, what it would cost, and no rows.
struct ReleaseExplanation {
    let reading: ReleaseReading
    let request: ListRequest
    /// Of rows held; nil with `chart_id`, whose rows are asked for first.
    let estimate: PlanEstimate?
    let leavesReadersThread: Bool
    let warnings: [ListRequest.Warning]

    func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + reading.entries.count * 192)
        writer.beginObject()
        writer.member("filter", request.selection.filter.canonical)
        writer.member("order_by", request.selection.canonicalOrder)
        writer.member("chart_id", request.chartID)
        writer.key("plan")
        writer.beginObject()
        writer.member("rows_held", estimate?.rowsHeld)
        writer.member("rows_to_scan", estimate?.rowsToScan)
        writer.member("parts", estimate?.parts)
        writer.member("parts_skipped", estimate?.partsSkipped)
        writer.member("leaves_readers_thread", leavesReadersThread)
        writer.endObject()
        writer.key("snapshot")
        writer.snapshot(reading.snapshot, coverage: reading.coverage)
        writer.key("coverage")
        writer.coverage(reading.coverage, detail: .all)
        writer.key("warnings")
        writer.warnings(warnings)
        writer.endObject()
        return writer.bytes
    }

    /// Over what it says, never over time stamps.
    func tag(question: QuestionHash, caller: Caller) -> EntityTag {
        var content = Fingerprint(capacity: 256 + reading.entries.count * 64)
        // No page begins like this: its first bytes are those of the question.
        content.add("explanation")
        content.add(contentsOf: question.bytes)
        content.add(caller.rawValue)
        content.add(estimate != nil)
        content.add(estimate?.rowsHeld ?? 0)
        content.add(estimate?.rowsToScan ?? 0)
        content.add(estimate?.parts ?? 0)
        content.add(estimate?.partsSkipped ?? 0)
        content.add(leavesReadersThread)
        content.add(reading.snapshot.id.hex(bytes: 16))
        content.add(reading.coverage, detail: .all)
        content.add(warnings.count)
        for warning in warnings { content.add(warning.code) }
        return EntityTag(content.bytes)
    }
}
