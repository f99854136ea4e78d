import JSON
import ReleaseModel
import Timing

/// What one row says, in 128 bits: equal rows have equal digests in every process.
///
/// Over the decoded fields in a fixed order, each with a mark for nil and texts with their length, so that no two rows
/// run into one another. Heavy fields count by the text that is held, never by its compressed form, which may differ
/// from one library version to the next.
struct RowDigest {
    let hash: TextHash
    var low: UInt64 { hash.low }
    var high: UInt64 { hash.high }

    init(of release: Release, values: TextHash?, parameters: TextHash?, resources: TextHash?) {
        var row = CanonicalRow()
        row.add(release.namespace)
        row.add(release.name)
        row.add(release.version)
        row.add(release.chartName)
        row.add(release.chartVersion)
        row.add(release.chartPublic.map { $0 ? 1 : 0 })
        row.add(release.status)
        row.add(release.statusDescription)
        row.add(release.description)
        row.add(release.createAt)
        row.add(release.updateAt)
        row.add(release.heavy.values, values)
        row.add(release.heavy.parameters, parameters)
        row.add(release.heavy.resources, resources)
        hash = TextHash(row.bytes)
    }
    init(hash: TextHash) { self.hash = hash }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        bytes.append(littleEndian: low)
        bytes.append(littleEndian: high)
        return bytes
    }
}

private struct CanonicalRow {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    mutating func add(_ text: String?) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        add(word: UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
    mutating func add(_ number: Int64?) {
        guard let number else { return bytes.append(0) }
        bytes.append(2)
        add(word: UInt64(bitPattern: number))
    }
    mutating func add(_ instant: Instant?) {
        guard let instant else { return bytes.append(0) }
        bytes.append(3)
        add(word: UInt64(bitPattern: instant.seconds))
        add(word: UInt64(bitPattern: Int64(instant.nanoseconds)))
    }
    mutating func add(_ field: HeavyFields.Field, _ hash: TextHash?) {
        switch field {
        case .absent: bytes.append(0)
        case .withheld: bytes.append(4)
        case .held:
            bytes.append(5)
            add(word: hash?.low ?? 0)
            add(word: hash?.high ?? 0)
        }
    }
    mutating func add(word: UInt64) {
        bytes.append(littleEndian: word)
    }
}
