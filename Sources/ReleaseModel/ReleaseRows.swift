import Columns
import Timing

/// The rows of a part, each made of its columns when it is asked for.
package struct ReleaseRows: RandomAccessCollection, Sendable, Equatable {
    package let part: ClusterPart

    init(_ part: ClusterPart) { self.part = part }
    package static let none = ReleaseRows(
        ClusterPart(rows: [], rowHashes: [], contentHash: .zero, dropped: 0, repaired: 0))

    package var startIndex: Int { 0 }
    package var endIndex: Int { part.count }
    package subscript(row: Int) -> ReleaseRow { ReleaseRow(part: part, row: row) }

    package static func == (left: ReleaseRows, right: ReleaseRows) -> Bool {
        left.part === right.part || left.map(\.release) == right.map(\.release)
    }
}

/// One row of a part: its fields are read where they stand.
package struct ReleaseRow: Sendable, Equatable {
    private let part: ClusterPart
    private let row: Int

    init(part: ClusterPart, row: Int) {
        self.part = part
        self.row = row
    }

    package var namespace: String { part.namespaces[row] ?? "" }
    package var name: String { part.names[row] }
    package var version: Int64? { part.versions[row] }
    package var chartName: String? { part.chartNames[row] }
    package var chartVersion: String? { part.chartVersions[row] }
    package var chartPublic: Bool? { part.chartPublic[row] }
    package var status: String? { part.statuses[row] }
    package var statusDescription: String? { part.statusDescriptions[row] }
    package var description: String? { part.descriptions[row] }
    package var createAt: Instant? { part.createAt[row] }
    package var updateAt: Instant? { part.updateAt[row] }
    package var heavy: HeavyFields { part.heavy[row] }

    package var release: Release {
        Release(
            namespace: namespace, name: name, version: version, chartName: chartName, chartVersion: chartVersion,
            chartPublic: chartPublic, status: status, statusDescription: statusDescription, description: description,
            createAt: createAt, updateAt: updateAt, heavy: heavy)
    }
    package static func == (left: ReleaseRow, right: ReleaseRow) -> Bool { left.release == right.release }
}
