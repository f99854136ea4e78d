import Compression
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
    static let shape = JSONRows(names: allCases.map(\.member))
}

/// One usable row with its digest.
struct DecodedRow {
    let release: Release
    let digest: RowDigest
    /// Fields of a wrong type, made nil.
    let repaired: Int
    /// Of the bytes it was decoded from.
    let text: TextHash
    /// Its place in the part that it was taken over from; nil when it was decoded anew.
    let previousIndex: Int?

    /// The row of an earlier part whose text has come again.
    init(_ part: ClusterPart, _ source: RowSources.Source, at index: Int) {
        release = part.rows[index]
        digest = RowDigest(hash: source.digest)
        repaired = source.repaired
        text = source.text
        previousIndex = index
    }

    /// Nil: not an object, a repeated member, or no name or namespace.
    init?(_ row: borrowing JSONRow, policy: ValuesPolicy) {
        guard row.isObject, !row.hasRepeatedMember,
            case .string(let namespace) = row[RowField.namespace.rawValue], !namespace.isEmpty,
            case .string(let name) = row[RowField.name.rawValue], !name.isEmpty
        else { return nil }
        var reader = FieldReader(policy: policy)
        var release = Release(namespace: namespace, name: name)
        release.version = reader.integer(row, .version)
        release.chartName = reader.string(row, .chartName)
        release.chartVersion = reader.string(row, .chartVersion)
        release.chartPublic = reader.boolean(row, .chartPublic)
        release.status = reader.string(row, .status)
        release.statusDescription = reader.string(row, .statusDescription)
        release.description = reader.string(row, .description)
        release.createAt = reader.instant(row, .createAt)
        release.updateAt = reader.instant(row, .updateAt)
        let values = reader.heavy(row, .values)
        let parameters = reader.heavy(row, .parameters)
        let resources = reader.heavy(row, .resources)
        release.heavy = HeavyFields(values: values.field, parameters: parameters.field, resources: resources.field)
        self.release = release
        repaired = reader.repaired
        text = row.hash
        previousIndex = nil
        digest = RowDigest(of: release, values: values.hash, parameters: parameters.hash, resources: resources.hash)
    }

    /// Of two rows with one identity: the higher revision, then the later update. A tie is broken by content, so that
    /// the order in which the cloud lists them does not matter.
    func isBetter(than other: DecodedRow) -> Bool {
        if release.version != other.release.version {
            return (release.version ?? .min) > (other.release.version ?? .min)
        }
        if release.updateAt != other.release.updateAt {
            guard let own = release.updateAt else { return false }
            guard let others = other.release.updateAt else { return true }
            return own > others
        }
        return digest.low != other.digest.low ? digest.low > other.digest.low : digest.high > other.digest.high
    }
}

/// Reads fields of one row and counts those that have to be repaired.
private struct FieldReader {
    let policy: ValuesPolicy
    private(set) var repaired = 0

    init(policy: ValuesPolicy) { self.policy = policy }

    mutating func string(_ row: borrowing JSONRow, _ field: RowField) -> String? {
        switch row[field.rawValue] {
        case .string(let value): return value
        case .absent, .null: return nil
        default: return repair()
        }
    }
    mutating func integer(_ row: borrowing JSONRow, _ field: RowField) -> Int64? {
        switch row[field.rawValue] {
        case .integer(let value): return value
        case .absent, .null: return nil
        default: return repair()
        }
    }
    mutating func boolean(_ row: borrowing JSONRow, _ field: RowField) -> Bool? {
        switch row[field.rawValue] {
        case .boolean(let value): return value
        case .absent, .null: return nil
        default: return repair()
        }
    }
    mutating func instant(_ row: borrowing JSONRow, _ field: RowField) -> Instant? {
        guard let text = string(row, field) else { return nil }
        if text.utf8.isEmpty { return nil }
        return Instant(cloudText: text) ?? repair()
    }
    mutating func heavy(_ row: borrowing JSONRow, _ field: RowField) -> (field: HeavyFields.Field, hash: TextHash?) {
        if policy == .drop, let length = row.textLength(at: field.rawValue), length > 0 { return (.withheld, nil) }
        switch policy == .keep ? row.text(at: field.rawValue) : row.maskedText(at: field.rawValue) {
        case .text(let text):
            // No memory for the compressor: the text is as good as shed.
            guard let compressed = try? Zstd.compress(text) else { return (.withheld, nil) }
            return (.held(compressed: compressed), TextHash(text))
        case .absent, .null: return (.absent, nil)
        case .other:
            repaired += 1
            return (.absent, nil)
        }
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
