import Columns
import JSON
import Timing

/// Collects the rows of a part in whatever order they come.
///
/// A row is begun with its identity; of each other column exactly one value must follow, then `endRow`.
package struct ClusterPartBuilder {
    var namespaces: TextColumnBuilder
    var names: TextListBuilder
    package private(set) var versions: [Int64?] = []
    package var chartNames: TextColumnBuilder
    package var chartVersions: TextColumnBuilder
    package var chartPublic: [Bool?] = []
    package var statuses: TextColumnBuilder
    package var statusDescriptions: TextColumnBuilder
    package var descriptions: TextColumnBuilder
    package private(set) var createAt: [Instant?] = []
    package private(set) var updateAt: [Instant?] = []
    var heavy: HeavyColumnBuilder
    var rendered: RenderedRowsBuilder
    /// The part whose rows were taken over last, and for each of its columns the numbers of its codes here.
    private var source: ClusterPart?
    private var numbersOfCodes: [[UInt32]] = []

    /// - Parameter treatment: what is made of raw heavy texts before they are held. Called later, on any thread.
    package init(capacity: Int, treatment: @escaping @Sendable (Span<UInt8>) -> [UInt8] = { Array(copying: $0) }) {
        func texts() -> TextColumnBuilder { TextColumnBuilder(capacity: capacity) }
        namespaces = texts()
        names = TextListBuilder(capacity: capacity)
        chartNames = texts()
        chartVersions = texts()
        statuses = texts()
        statusDescriptions = texts()
        descriptions = texts()
        heavy = HeavyColumnBuilder(treatment: treatment)
        rendered = RenderedRowsBuilder(capacity: capacity)
    }

    /// Rows begun.
    package var count: Int { names.count }

    package mutating func beginRow(namespace: Span<UInt8>, name: Span<UInt8>) {
        namespaces.append(namespace)
        names.append(name)
        heavy.beginRow()
    }
    package mutating func append(version: Int64?, createAt: Instant?, updateAt: Instant?) {
        versions.append(version)
        self.createAt.append(createAt)
        self.updateAt.append(updateAt)
    }
    package mutating func set(_ name: HeavyFields.Name, _ field: HeavyFields.Field) { heavy.set(name, field) }
    package mutating func set(_ name: HeavyFields.Name, raw text: Span<UInt8>) { heavy.set(name, raw: text) }
    package mutating func endRow() {
        let row = count - 1
        rendered.beginRow()
        rendered.member("namespace", namespaces, row)
        rendered.member("name", names, row)
        rendered.member("version", versions[row])
        rendered.member("chart_name", chartNames, row)
        rendered.member("chart_version", chartVersions, row)
        rendered.member("chart_public", chartPublic[row])
        rendered.member("status", statuses, row)
        rendered.member("status_description", statusDescriptions, row)
        rendered.member("create_at", createAt[row])
        rendered.member("update_at", updateAt[row])
        rendered.endRow()
    }

    package mutating func append(_ release: Release) {
        let (namespace, name) = (release.namespace.utf8, release.name.utf8)
        beginRow(namespace: namespace.span, name: name.span)
        chartNames.append(release.chartName)
        chartVersions.append(release.chartVersion)
        chartPublic.append(release.chartPublic)
        statuses.append(release.status)
        statusDescriptions.append(release.statusDescription)
        descriptions.append(release.description)
        append(version: release.version, createAt: release.createAt, updateAt: release.updateAt)
        for name in HeavyFields.Name.allCases { heavy.set(name, release.heavy[name]) }
        endRow()
    }

    /// A row of another part as it is.
    ///
    /// - Parameter column: the part's heavy fields.
    package mutating func append(_ part: ClusterPart, _ column: HeavyColumn, row: Int) {
        if source !== part {
            source = part
            numbersOfCodes = Array(repeating: [], count: 6)
        }
        namespaces.append(part.namespaces, row: row, &numbersOfCodes[0])
        let texts = part.names
        names.append(texts.bytes.span.extracting(texts.range(of: row)))
        heavy.beginRow()
        chartNames.append(part.chartNames, row: row, &numbersOfCodes[1])
        chartVersions.append(part.chartVersions, row: row, &numbersOfCodes[2])
        chartPublic.append(part.chartPublic[row])
        statuses.append(part.statuses, row: row, &numbersOfCodes[3])
        statusDescriptions.append(part.statusDescriptions, row: row, &numbersOfCodes[4])
        descriptions.append(part.descriptions, row: row, &numbersOfCodes[5])
        append(version: part.versions[row], createAt: part.createAt[row], updateAt: part.updateAt[row])
        heavy.set(column, row: row)
        rendered.append(part.rendered[row])
    }

    /// The basic members of row `index` as they are answered.
    package func renderedText(of index: Int) -> ArraySlice<UInt8> { rendered[index] }

    /// All rows by the bytes of namespace and name, each identity once: the row that `isBetter` than the others of it.
    package func rowsByIdentity(isBetter: (Int, Int) -> Bool) -> [Int] {
        let (ranks, names) = (namespaces.ranks, names)
        func compareNames(_ left: Identity, _ right: Identity) -> Int {
            ByteText.compare(
                names.bytes.span.extracting(names.range(of: left.row)),
                names.bytes.span.extracting(names.range(of: right.row)))
        }
        var rows: [Identity] = []
        rows.reserveCapacity(count)
        for row in 0..<count {
            rows.append(
                Identity(
                    namespace: ranks[Int(namespaces.numbers[row])],
                    prefix: ByteText.prefix(of: names.bytes.span.extracting(names.range(of: row))), row: row))
        }
        rows.sort { left, right in
            if left.namespace != right.namespace { return left.namespace < right.namespace }
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let order = compareNames(left, right)
            return order == 0 ? isBetter(left.row, right.row) : order < 0
        }
        var kept: [Int] = []
        kept.reserveCapacity(rows.count)
        var last: Identity?
        for row in rows {
            if let last, last.namespace == row.namespace, last.prefix == row.prefix, compareNames(last, row) == 0 {
                continue
            }
            kept.append(row.row)
            last = row
        }
        return kept
    }

    private struct Identity {
        /// Among the namespaces of the rows.
        let namespace: UInt32
        /// The name's first bytes: they decide most comparisons.
        let prefix: UInt64
        let row: Int
    }
}

extension TextColumnBuilder {
    mutating func append(_ text: String?) {
        guard let text = text?.utf8 else { return appendNull() }
        append(text.span)
    }
    /// - Parameter numbers: of the column's codes as far as they have come; begins empty.
    mutating func append(_ column: TextColumn, row: Int, _ numbers: inout [UInt32]) {
        let code = column.codes[row]
        if code == column.nullCode { return appendNull() }
        if numbers.isEmpty { numbers = Array(repeating: Self.null, count: column.dictionary.count) }
        if numbers[Int(code)] == Self.null {
            numbers[Int(code)] = number(
                of: column.dictionary.bytes.span.extracting(column.dictionary.range(of: code)))
        }
        append(number: numbers[Int(code)])
    }
}
