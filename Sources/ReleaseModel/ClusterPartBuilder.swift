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
    var heavy = HeavyColumnBuilder()
    var rendered: RenderedRowsBuilder

    package init(capacity: Int) {
        func texts() -> TextColumnBuilder { TextColumnBuilder(capacity: capacity) }
        namespaces = texts()
        names = TextListBuilder(capacity: capacity)
        chartNames = texts()
        chartVersions = texts()
        statuses = texts()
        statusDescriptions = texts()
        descriptions = texts()
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
    package mutating func set(_ name: HeavyFields.Name, text: Span<UInt8>) { heavy.set(name, text: text) }
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
    package mutating func append(_ part: ClusterPart, row: Int) {
        namespaces.append(part.namespaces, row: row)
        let texts = part.names
        names.append(texts.bytes.span.extracting(texts.range(of: row)))
        heavy.beginRow()
        chartNames.append(part.chartNames, row: row)
        chartVersions.append(part.chartVersions, row: row)
        chartPublic.append(part.chartPublic[row])
        statuses.append(part.statuses, row: row)
        statusDescriptions.append(part.statusDescriptions, row: row)
        descriptions.append(part.descriptions, row: row)
        append(version: part.versions[row], createAt: part.createAt[row], updateAt: part.updateAt[row])
        for name in HeavyFields.Name.allCases { heavy.set(name, part.heavy[row, name]) }
        rendered.append(part.rendered[row])
    }

    /// The basic members of row `index` as they are answered.
    package func renderedText(of index: Int) -> ArraySlice<UInt8> { rendered[index] }

    /// The order of two rows' identities by bytes: negative, zero or positive.
    package func compareIdentities(_ left: Int, _ right: Int) -> Int {
        let (one, other) = (namespaces.numbers[left], namespaces.numbers[right])
        if one != other {
            return ByteText.compare(
                namespaces.text.span.extracting(namespaces.range(of: one)),
                namespaces.text.span.extracting(namespaces.range(of: other)))
        }
        return ByteText.compare(
            names.bytes.span.extracting(names.range(of: left)), names.bytes.span.extracting(names.range(of: right)))
    }
}

extension TextColumnBuilder {
    mutating func append(_ text: String?) {
        guard let text = text?.utf8 else { return appendNull() }
        append(text.span)
    }
    mutating func append(_ column: TextColumn, row: Int) {
        let code = column.codes[row]
        if code == column.nullCode { return appendNull() }
        append(column.dictionary.bytes.span.extracting(column.dictionary.range(of: code)))
    }
}
