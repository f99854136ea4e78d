import JSON
import Timing

/// The JSON text of many rows in one buffer, rendered once at ingest and copied into answers.
package struct RenderedRows: Sendable {
    package let bytes: [UInt8]
    /// Row `i` is `bytes[ends[i - 1] ..< ends[i]]`.
    private let ends: [Int]

    /// - Parameter known: the text of row `i` where it is known already.
    package init(_ rows: [Release], known: (Int) -> ArraySlice<UInt8>? = { _ in nil }) {
        var writer = JSONWriter(capacity: rows.count * 320)
        var ends: [Int] = []
        ends.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            writer.beginFragment()
            if let text = known(index) {
                writer.raw(text)
                ends.append(writer.bytes.count)
                continue
            }
            writer.member("namespace", row.namespace)
            writer.member("name", row.name)
            writer.member("version", row.version)
            writer.member("chart_name", row.chartName)
            writer.member("chart_version", row.chartVersion)
            writer.member("chart_public", row.chartPublic)
            writer.member("status", row.status)
            writer.member("status_description", row.statusDescription)
            writer.member("create_at", row.createAt)
            writer.member("update_at", row.updateAt)
            ends.append(writer.bytes.count)
        }
        bytes = Array(writer.bytes[...])  // a copy of just the size that is held on
        self.ends = ends
    }

    package subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ instant: Instant?) {
        key(name)
        if let instant { plainString(instant.rfc3339UTF8) } else { null() }
    }
}
