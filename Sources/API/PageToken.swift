import Query
import ReleaseModel
import Timing

/// What a page token says to us: where a walk over pages stands, and on what. To its holder it is a sealed text.
struct PageToken: Equatable {
    enum Kind: UInt8 {
        /// The next page of the snapshot named.
        case next = 1
        /// Goes on behind `key` in whatever snapshot is the newest then.
        case resume = 2
    }
    var kind: Kind
    /// `zero` in a resume token.
    var snapshot: ContentHash
    /// The coverage of page 1, as the process that answered it knows it.
    var coverage: CoverageID
    /// Of the question: 16 bytes.
    var question: QuestionHash
    var caller: Caller
    /// What relative times are reckoned from.
    var clock: Instant
    /// By the wall clock, since another replica may have to judge it.
    var expires: Instant
    /// Clusters' rows were left out by `on_missing=omit`: only page 1's coverage says whose.
    var leavesRowsOut: Bool
    var key: PageKey
}

/// Half a SHA-256 over what a walk is bound to.
struct QuestionHash: Equatable {
    let bytes: [UInt8]  // 16
}

/// Names one coverage within this process.
struct CoverageID: Hashable {
    let high: UInt64
    let low: UInt64
    static let none = CoverageID(high: 0, low: 0)
}

extension PageToken {
    /// A fixed layout, big-endian; the key is the rest.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(104 + key.bytes.count)
        bytes.append(kind.rawValue)
        bytes.append(leavesRowsOut ? 1 : 0)
        bytes.append(bigEndian: UInt64(bitPattern: Int64(caller.rawValue)))
        bytes.append(contentsOf: snapshot.bytes)
        bytes.append(contentsOf: question.bytes)
        bytes.append(bigEndian: coverage.high)
        bytes.append(bigEndian: coverage.low)
        bytes.append(bigEndian: UInt64(bitPattern: clock.seconds))
        bytes.append(bigEndian: UInt64(bitPattern: Int64(clock.nanoseconds)))
        bytes.append(bigEndian: UInt64(bitPattern: expires.seconds))
        bytes.append(contentsOf: key.bytes)
        return bytes
    }

    /// Nil for anything that `encoded` does not write.
    init?(encoded bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let kindByte = reader.byte(), let kind = Kind(rawValue: kindByte),
            let leavesRowsOut = reader.byte(), leavesRowsOut <= 1, let caller = reader.word(),
            let snapshotBytes = reader.take(32), let snapshot = ContentHash(digest: snapshotBytes),
            let question = reader.take(16), let high = reader.word(), let low = reader.word(),
            let seconds = reader.word(), let nanosecondsWord = reader.word(),
            let nanoseconds = Int32(exactly: nanosecondsWord), nanoseconds < 1_000_000_000,
            let expires = reader.word()
        else { return nil }
        self.init(
            kind: kind, snapshot: snapshot, coverage: CoverageID(high: high, low: low),
            question: QuestionHash(bytes: question),
            caller: Caller(rawValue: Int(truncatingIfNeeded: caller)),
            clock: Instant(seconds: Int64(bitPattern: seconds), nanoseconds: nanoseconds),
            expires: Instant(seconds: Int64(bitPattern: expires)), leavesRowsOut: leavesRowsOut == 1,
            key: PageKey(bytes: reader.rest))
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

private struct ByteReader {
    private var remaining: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { remaining = bytes[...] }
    var rest: [UInt8] { Array(remaining) }
    mutating func byte() -> UInt8? { remaining.popFirst() }
    mutating func take(_ count: Int) -> [UInt8]? {
        guard remaining.count >= count else { return nil }
        defer { remaining = remaining.dropFirst(count) }
        return Array(remaining.prefix(count))
    }
    mutating func word() -> UInt64? { take(8).map { $0.reduce(0) { $0 << 8 | UInt64($1) } } }
}
