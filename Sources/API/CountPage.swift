import JSON
import Query
import ReleaseModel

/// The body of one page of counts, and what it says as a tag.
struct CountPage {
    let reading: ReleaseReading
    let question: CountQuestion
    let counts: ValueCounts
    let entries: [ValueCounts.Entry]
    let hasMore: Bool
    let warnings: [ListRequest.Warning]

    func json(nextToken: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + entries.count * 96)
        writer.beginObject()
        write(entries, to: &writer)
        writer.member("next_page_token", nextToken)
        writer.member("total_size", counts.distinct)
        writer.member("total_count", counts.total)
        writer.member("complete", reading.coverage.isComplete)
        writer.key("snapshot")
        writer.snapshot(reading.snapshot, coverage: reading.coverage)
        writer.key("coverage")
        writer.coverage(reading.coverage, detail: question.list.request.coverage)
        writer.key("warnings")
        writer.warnings(warnings)
        writer.endObject()
        return writer.bytes
    }

    /// Over what the page says, never over time stamps and tokens.
    func tag(caller: Caller) -> EntityTag {
        var content = Fingerprint(capacity: 256 + entries.count * 96)
        content.add(contentsOf: question.list.hash.bytes)
        content.add(caller.rawValue)
        content.add(counts.distinct)
        content.add(counts.total)
        content.add(hasMore)
        content.add(warnings.count)
        for warning in warnings { content.add(warning.code) }
        content.add(reading.coverage, detail: question.list.request.coverage)
        var writer = JSONWriter(capacity: entries.count * 96)
        writer.beginObject()
        write(entries, to: &writer)
        writer.endObject()
        content.add(contentsOf: writer.bytes)
        return EntityTag(content.bytes)
    }

    /// The member `items`: of a summary, objects with a member for each field; else `value`.
    private func write(_ entries: [ValueCounts.Entry], to writer: inout JSONWriter) {
        let names = question.prefix == nil ? question.fields.map(\.text) : ["value"]
        writer.key("items")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            for (name, value) in zip(names, entry.values) {
                writer.key(name)
                writer.value(value)
            }
            writer.member("count", entry.count)
            writer.endObject()
        }
        writer.endArray()
    }
}
