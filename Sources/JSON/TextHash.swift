import CSimdJSON

/// A fast hash of 128 bits, the same on every machine and in every run. It resists accident, not an attacker: for
/// telling whether content changed, never for authenticity.
package struct TextHash: Hashable, Sendable {
    package let low: UInt64
    package let high: UInt64

    package init(_ bytes: [UInt8]) {
        self.init(csimdjson_hash_text(bytes, bytes.count))
    }
    init(_ hash: csimdjson_hash) {
        low = hash.low
        high = hash.high
    }
}

extension [UInt8] {
    /// Eight bytes, the lowest first.
    package mutating func append(littleEndian word: UInt64) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }
}
