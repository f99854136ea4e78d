import JSON
import Query
import ReleaseModel

/// How many of all matching rows have which values: one list for each field, and what did not fit into it.
struct FacetBlock {
    /// More than people read; what is behind is told by number.
    static let valueLimit = 100

    private struct Facet {
        let field: CountedField
        let entries: [ValueCounts.Entry]
        let distinct: Int
        /// Rows with none of the values listed.
        let otherCount: Int
    }
    private let facets: [Facet]

    /// Nil when no facet is asked for.
    init?(_ question: ListRequest, _ reading: ReleaseReading) {
        guard !question.facets.isEmpty else { return nil }
        let counts = question.selection.counts(
            of: reading.snapshot, rowsFrom: reading.rowsFrom, now: reading.clock, by: question.facets.map { [$0] })
        facets = zip(question.facets, counts).map { field, counts in
            let entries = counts.entries(limit: Self.valueLimit)
            return Facet(
                field: field, entries: entries, distinct: counts.distinct,
                otherCount: counts.total - entries.reduce(0) { $0 + $1.count })
        }
    }

    /// The members `facets` and, when some values are left out, `facets_rest`.
    func write(to writer: inout JSONWriter) {
        writer.key("facets")
        writer.beginObject()
        for facet in facets {
            writer.key(facet.field.text)
            writer.beginArray()
            for entry in facet.entries {
                writer.beginObject()
                writer.key("value")
                writer.value(entry.values.first ?? .null)
                writer.member("count", entry.count)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        let cut = facets.filter { $0.distinct > $0.entries.count }
        if cut.isEmpty { return }
        writer.key("facets_rest")
        writer.beginObject()
        for facet in cut {
            writer.key(facet.field.text)
            writer.beginObject()
            writer.member("distinct", facet.distinct)
            writer.member("other_count", facet.otherCount)
            writer.endObject()
        }
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func value(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .text(let text): string(text)
        case .integer(let number): integer(number)
        case .boolean(let flag): boolean(flag)
        }
    }
}

extension Fingerprint {
    mutating func add(_ facets: FacetBlock?) {
        guard let facets else { return add(false) }
        add(true)
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        facets.write(to: &writer)
        writer.endObject()
        add(writer.bytes.count)
        add(contentsOf: writer.bytes)
    }
}
