import Columns
import JSON
import ReleaseModel
import Timing

/// The members of the cloud's row that are read. Its cluster is the one that was asked, whatever the row says.
enum RowField: Int, CaseIterable {
    case chartName, chartPublic, chartVersion, createAt, description, name, namespace, parameters, resources, status
    case statusDescription, updateAt, values, version

    private var member: StaticString {
        switch self {
        case .chartName: "chart_name"
        case .chartPublic: "chart_public"
        case .chartVersion: "chart_version"
        case .createAt: "create_at"
        case .description: "description"
        case .name: "name"
        case .namespace: "namespace"
        case .parameters: "parameters"
        case .resources: "resources"
        case .status: "status"
        case .statusDescription: "status_description"
        case .updateAt: "update_at"
        case .values: "values"
        case .version: "version"
        }
    }
    /// Where nothing is kept of heavy fields, they are not unescaped either.
    static func shape(_ policy: ValuesPolicy) -> JSONRows { policy == .drop ? light : whole }
    private static let whole = JSONRows(names: allCases.map(\.member))
    private static let light = JSONRows(
        names: allCases.map(\.member), checked: [Self.values, parameters, resources].map(\.rawValue))
}

/// What is known of a decoded row beside its fields.
struct DecodedRow {
    let digest: RowDigest
    /// Fields of a wrong type, made nil.
    let repaired: Int
    /// Of the bytes it was decoded from.
    let text: TextHash
}

/// Adds the rows of one body to the columns of a part.
struct RowReader {
    let policy: ValuesPolicy
    private(set) var columns: ClusterPartBuilder
    /// One for each row of `columns`.
    private(set) var rows: [DecodedRow] = []
    private var repaired = 0

    init(policy: ValuesPolicy, capacity: Int) {
        self.policy = policy
        columns = ClusterPartBuilder(capacity: capacity, treatment: policy.treatment)
        rows.reserveCapacity(capacity)
    }

    /// False: not an object, a repeated member, or no name or namespace.
    mutating func append(_ row: borrowing JSONRow) -> Bool {
        guard row.isObject, !row.hasRepeatedMember, row.textLength(at: RowField.namespace.rawValue) ?? 0 > 0,
            row.textLength(at: RowField.name.rawValue) ?? 0 > 0
        else { return false }
        repaired = 0
        row.withString(at: RowField.namespace.rawValue) { namespace in
            row.withString(at: RowField.name.rawValue) { name in
                columns.beginRow(namespace: namespace, name: name)
            }
        }
        text(row, .chartName) { $0.chartNames.append($1) } ?? columns.chartNames.appendNull()
        text(row, .chartVersion) { $0.chartVersions.append($1) } ?? columns.chartVersions.appendNull()
        columns.chartPublic.append(boolean(row, .chartPublic))
        text(row, .status) { $0.statuses.append($1) } ?? columns.statuses.appendNull()
        text(row, .statusDescription) { $0.statusDescriptions.append($1) }
            ?? columns.statusDescriptions.appendNull()
        var description: TextHash?
        text(row, .description) { columns, text in
            columns.descriptions.append(text)
            description = TextHash(text)
        } ?? columns.descriptions.appendNull()
        let version = integer(row, .version)
        let createAt = instant(row, .createAt)
        columns.append(version: version, createAt: createAt, updateAt: instant(row, .updateAt))
        heavy(row, .values, .values)
        heavy(row, .parameters, .parameters)
        heavy(row, .resources, .resources)
        columns.endRow()
        let digest = RowDigest(of: columns.renderedText(of: rows.count), description: description)
        rows.append(DecodedRow(digest: digest, repaired: repaired, text: row.hash))
        return true
    }

    /// The row of an earlier part whose text has come again.
    mutating func append(_ part: ClusterPart, _ heavy: HeavyColumn, _ sources: RowSources, at index: Int) {
        columns.append(part, heavy, row: index)
        rows.append(
            DecodedRow(
                digest: RowDigest(
                    hash: TextHash(low: part.rowHashes[index], high: sources.digestHighs[index])),
                repaired: sources.repaired[index] ?? 0, text: sources.texts[index]))
    }

    // MARK: - Fields, and those that have to be repaired

    private mutating func text(
        _ row: borrowing JSONRow, _ field: RowField, _ append: (inout ClusterPartBuilder, Span<UInt8>) -> Void
    ) -> Void? {
        if let done: Void = row.withString(at: field.rawValue, { append(&columns, $0) }) { return done }
        if row.kind(at: field.rawValue) != .null { repaired += 1 }
        return nil
    }
    private mutating func integer(_ row: borrowing JSONRow, _ field: RowField) -> Int64? {
        switch row[field.rawValue] {
        case .integer(let value): return value
        case .absent, .null: return nil
        default: return repair()
        }
    }
    private mutating func boolean(_ row: borrowing JSONRow, _ field: RowField) -> Bool? {
        switch row[field.rawValue] {
        case .boolean(let value): return value
        case .absent, .null: return nil
        default: return repair()
        }
    }
    private mutating func instant(_ row: borrowing JSONRow, _ field: RowField) -> Instant? {
        switch row[field.rawValue] {
        case .string(let text): return text.utf8.isEmpty ? nil : Instant(cloudText: text) ?? repair()
        case .absent, .null: return nil
        default: return repair()
        }
    }
    private mutating func heavy(_ row: borrowing JSONRow, _ field: RowField, _ name: HeavyFields.Name) {
        if policy == .drop, let length = row.textLength(at: field.rawValue), length > 0 {
            return columns.set(name, .withheld)
        }
        let isText: Void? = row.withString(at: field.rawValue) { columns.set(name, raw: $0) }
        if isText == nil, row.kind(at: field.rawValue) != .null { repaired += 1 }
    }
    private mutating func repair<Value>() -> Value? {
        repaired += 1
        return nil
    }
}

extension Instant {
    /// Any of the forms that the cloud writes times in (API reference, "Time formats"): RFC 3339 with an offset or
    /// without (then UTC), Go's default text; a blank before or after has been seen.
    init?(cloudText text: String) {
        if let instant = Instant(rfc3339: text, offsetRequired: false) ?? Instant(goText: text) {
            self = instant
            return
        }
        let blank = UInt8(ascii: " ")
        guard text.utf8.first == blank || text.utf8.last == blank else { return nil }
        let trimmed = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        guard let instant = Instant(rfc3339: trimmed, offsetRequired: false) ?? Instant(goText: trimmed) else {
            return nil
        }
        self = instant
    }
}
