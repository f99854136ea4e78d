import ReleaseModel
import Timing

/// The sort key of a page's last row: a boundary that does not move when rows come and go.
///
/// Its values are written out in the order's own keys, identity included, so the boundary needs no row to be found again.
/// Only where the texts of a row are longer than the cloud's own limits allow are they cut to fit; then the key also
/// says which row it was (the part's content and the row's place in it). As long as the snapshot holds that row the
/// boundary is the row itself, and the order stays total. In another snapshot that has lost it, rows that begin like a
/// cut text count as after the boundary: they may repeat, never be passed over.
package struct PageKey: Sendable, Equatable {
    /// Opaque; at most 600 bytes, so that a sealed token stays under 1 KiB.
    package let bytes: [UInt8]
    /// Any bytes; `Selection.accepts` says whether they are a key of that selection.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    package static let byteLimit = 600
}

/// What a page key says, value by value.
struct KeyValues {
    enum Value: Equatable {
        case null
        /// `isCut`: the text went on.
        case text([UInt8], isCut: Bool)
        case integer(Int64)
        case boolean(Bool)
        case time(Instant)

        fileprivate var cut: Value {
            guard case .text(let bytes, _) = self, bytes.count > cutLength else { return self }
            return .text(Array(bytes.prefix(cutLength)), isCut: true)
        }
    }
    /// Where a row with cut texts is found again.
    struct Place: Equatable {
        /// The first word of the part's content hash.
        let content: UInt64
        let row: UInt32
    }
    /// One for each key of the total order.
    let values: [Value]
    /// Nil when no text is cut.
    let place: Place?
}

/// 7 texts of that length, with their heads, fit into a key; so do all uncut texts within the cloud's limits.
private let cutLength = 64

extension KeyValues {
    init(of row: RowReference, in order: RowOrder, of snapshot: Snapshot) {
        let values = order.keys.indices.map { order.value(byKey: $0, row) }
        if Self.encode(values, place: nil).count <= PageKey.byteLimit {
            self.values = values
            place = nil
        } else {
            self.values = values.map(\.cut)
            let content = snapshot.entries[row.entry].part?.contentHash.words.0 ?? 0
            place = Place(content: content, row: UInt32(truncatingIfNeeded: row.row))
        }
    }

    /// Nil unless `key` is well formed and has a fitting value for each of `keys`.
    init?(_ key: PageKey, for keys: [SortKey]) {
        guard key.bytes.count <= PageKey.byteLimit else { return nil }
        var reader = KeyReader(rest: key.bytes[...])
        guard reader.byte() == version, let count = reader.byte(), count == keys.count else { return nil }
        var values: [Value] = []
        for key in keys {
            guard let value = reader.value(), key.field.fits(value) else { return nil }
            values.append(value)
        }
        self.values = values
        if values.contains(where: { if case .text(_, isCut: true) = $0 { true } else { false } }) {
            guard let content = reader.integer(bytes: 8), let row = reader.integer(bytes: 4) else { return nil }
            place = Place(content: content, row: UInt32(truncatingIfNeeded: row))
        } else {
            place = nil
        }
        guard reader.rest.isEmpty else { return nil }
    }

    var key: PageKey { PageKey(bytes: Self.encode(values, place: place)) }

    // MARK: -

    private static func encode(_ values: [Value], place: Place?) -> [UInt8] {
        var bytes: [UInt8] = [version, UInt8(truncatingIfNeeded: values.count)]
        func append(_ number: UInt64, bytes count: Int) {
            for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
        }
        for value in values {
            switch value {
            case .null: bytes.append(Tag.null.rawValue)
            case .text(let text, let isCut):
                bytes.append((isCut ? Tag.cutText : Tag.text).rawValue)
                append(UInt64(min(text.count, 0xFFFF)), bytes: 2)
                bytes.append(contentsOf: text)
            case .integer(let number):
                bytes.append(Tag.integer.rawValue)
                append(UInt64(bitPattern: number), bytes: 8)
            case .boolean(let value): bytes.append((value ? Tag.yes : Tag.no).rawValue)
            case .time(let instant):
                bytes.append(Tag.time.rawValue)
                append(UInt64(bitPattern: instant.seconds), bytes: 8)
                append(UInt64(instant.nanoseconds), bytes: 4)
            }
        }
        if let place {
            append(place.content, bytes: 8)
            append(UInt64(place.row), bytes: 4)
        }
        return bytes
    }
}

/// The first byte of a key; another one is another format.
private let version: UInt8 = 1

private enum Tag: UInt8 { case null, text, cutText, integer, no, yes, time }

/// Takes a key apart. Nil is no key of ours.
private struct KeyReader {
    var rest: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func integer(bytes count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        let number = rest.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
        return number
    }

    mutating func value() -> KeyValues.Value? {
        guard let tag = byte().flatMap(Tag.init) else { return nil }
        switch tag {
        case .null: return .null
        case .no: return .boolean(false)
        case .yes: return .boolean(true)
        case .integer: return integer(bytes: 8).map { .integer(Int64(bitPattern: $0)) }
        case .time:
            guard let seconds = integer(bytes: 8), let nanoseconds = integer(bytes: 4) else { return nil }
            let instant = Instant(
                seconds: Int64(bitPattern: seconds), nanoseconds: Int32(truncatingIfNeeded: nanoseconds))
            // An instant stops at the ends of the calendar; only what came through unchanged was written by us.
            guard UInt64(bitPattern: instant.seconds) == seconds, UInt64(instant.nanoseconds) == nanoseconds else {
                return nil
            }
            return .time(instant)
        case .text, .cutText:
            guard let length = integer(bytes: 2), rest.count >= length else { return nil }
            let text = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            if tag == .cutText, text.count != cutLength { return nil }
            return .text(text, isCut: tag == .cutText)
        }
    }
}

extension SortField {
    fileprivate func fits(_ value: KeyValues.Value) -> Bool {
        switch (self, value) {
        case (.clusterID, .text(_, let isCut)): !isCut
        case (.clusterName, .text), (.region, .text), (.namespace, .text), (.name, .text): true
        case (.projectID, .text), (.chartName, .text), (.chartVersion, .text), (.status, .text): true
        case (.projectID, .null), (.chartName, .null), (.chartVersion, .null), (.status, .null): true
        case (.version, .integer), (.version, .null), (.severity, .integer): true
        case (.chartPublic, .boolean), (.chartPublic, .null): true
        case (.createAt, .time), (.createAt, .null), (.updateAt, .time), (.updateAt, .null): true
        default: false
        }
    }
}
