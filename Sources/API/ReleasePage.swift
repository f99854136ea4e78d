import JSON
import Query
import ReleaseModel
import Timing

/// The body of one page, and what it says as a tag.
struct ReleasePage {
    let reading: ReleaseReading
    let request: ListRequest
    let result: PageResult
    var facets: FacetBlock?
    let warnings: [ListRequest.Warning]

    /// One contiguous body.
    func json(nextToken: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + result.rows.count * 512)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        var rows = rowWriter
        for row in result.rows { rows.append(row, isStale: reading.isStale(row.entry), to: &writer) }
        writer.endArray()
        writer.member("next_page_token", nextToken)
        writer.member("total_size", result.totalSize)
        writer.member("complete", reading.coverage.isComplete)
        writer.key("snapshot")
        writer.snapshot(reading.snapshot, coverage: reading.coverage)
        writer.key("coverage")
        writer.coverage(reading.coverage, detail: request.coverage)
        facets?.write(to: &writer)
        writer.key("warnings")
        writer.warnings(warnings)
        writer.endObject()
        return writer.bytes
    }

    /// One row by itself, and its age.
    func rowJSON(_ row: RowReference, asOf: Instant?) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        var rows = rowWriter
        rows.append(row, isStale: reading.isStale(row.entry), to: &writer)
        // The row's members stay open for one more.
        var bytes = writer.bytes
        bytes.removeLast()
        var member = JSONWriter()
        member.member("as_of", asOf?.rfc3339)
        return bytes + [UInt8(ascii: ",")] + member.bytes + [UInt8(ascii: "}")]
    }

    private var rowWriter: RowWriter { RowWriter(reading.snapshot, view: request.view, fields: request.fields) }

    /// Over what the answer says, never over time stamps, tokens or the rest of the fleet.
    func tag(question: QuestionHash, caller: Caller, format: ListRequest.Format = .json) -> EntityTag {
        var content = Fingerprint(capacity: 256 + result.rows.count * 64)
        content.add(contentsOf: question.bytes)
        content.add(caller.rawValue)
        content.add(format.rawValue)
        content.add(request.view.rawValue)
        content.add(request.fields?.map(\.rawValue).joined(separator: ","))
        content.add(result.totalSize)
        content.add(result.next != nil)
        content.add(warnings.count)
        for warning in warnings { content.add(warning.code) }
        content.add(reading.coverage, detail: request.coverage)
        content.add(facets)
        content.add(result.rows.count)
        var entry = -1
        for row in result.rows {
            let holder = reading.snapshot.entries[row.entry]
            if row.entry != entry {
                entry = row.entry
                content.add(holder.cluster)
                content.add(reading.isStale(entry))
            }
            guard let part = holder.part else { continue }
            let release = part.rows[row.row]
            content.add(release.namespace)
            content.add(release.name)
            content.add(part.rowHashes[row.row])
            if request.showsHeavyFields {
                let heavy = part.heavy
                content.add(heavy.digest(of: row.row))
                content.add(heavy[row.row])
            }
        }
        return EntityTag(content.bytes)
    }
}

extension ListRequest {
    /// Whether `values`, `parameters` or `resources` are answered.
    var showsHeavyFields: Bool {
        fields.map { $0.contains(.values) || $0.contains(.parameters) || $0.contains(.resources) } ?? (view == .full)
    }
}

extension Fingerprint {
    mutating func add(_ cluster: Cluster) {
        add(cluster.id.text)
        add(cluster.name)
        add(cluster.region)
        add(cluster.projectID)
        add(cluster.labels.count)
        for (key, value) in cluster.labels.sorted(by: { $0.key < $1.key }) {
            add(key)
            add(value)
        }
    }
    /// Counts, and of the clusters listed their states, reasons and drops.
    mutating func add(_ coverage: Coverage, detail: ListRequest.CoverageDetail) {
        for state in Coverage.State.allCases { add(coverage.count(state)) }
        add(coverage.isComplete)
        let listed = coverage.listed(detail)
        add(listed.count)
        for item in listed { add(item) }
        add(coverage.gaps.count)
        for gap in coverage.gaps { add(gap) }
    }
    mutating func add(_ item: Coverage.Item) {
        add(item.id.text)
        add(item.name)
        add(item.state.rawValue)
        add(item.reason?.rawValue)
        add(item.dropped)
        add(item.repaired)
    }
    /// Which fields are answered as null because they are not held; their content is in the row's digest.
    mutating func add(_ heavy: HeavyFields) {
        for field in [heavy.values, heavy.parameters, heavy.resources] { add(field == .withheld) }
    }
}
