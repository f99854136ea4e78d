import JSON
import Timing

/// The JSON text of many rows in one buffer, rendered once at ingest and copied into answers.
package struct RenderedRows: Sendable {
    package let bytes: [UInt8]
    /// Row `i` is `bytes[ends[i - 1] ..< ends[i]]`.
    private let ends: [Int]

    init(_ rows: [Release]) {
        var writer: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(rows.count)
        for row in rows {
            var members = JSONWriter(capacity: 320)
            members.member("namespace", row.namespace)
            members.member("name", row.name)
            members.member("version", row.version)
            members.member("chart_name", row.chartName)
            members.member("chart_version", row.chartVersion)
            members.member("chart_public", row.chartPublic)
            members.member("status", row.status)
            members.member("status_description", row.statusDescription)
            members.member("create_at", row.createAt?.rfc3339)
            members.member("update_at", row.updateAt?.rfc3339)
            writer.append(contentsOf: members.bytes)
            ends.append(writer.count)
        }
        bytes = writer
        self.ends = ends
    }

    package subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }
}
