import CSimdJSON

/// A fast hash of 128 bits, the same on every machine and in every run. It resists accident, not an attacker: for
/// telling whether content changed, never for authenticity.
package struct TextHash: Hashable, Sendable {
    package let low: UInt64
    package let high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
    package init(_ bytes: [UInt8]) {
        self.init(csimdjson_hash_text(bytes, bytes.count))
    }
    package init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { TextHash(csimdjson_hash_text($0.baseAddress, $0.count)) }
    }
    init(_ hash: csimdjson_hash) {
        low = hash.low
        high = hash.high
    }

    /// Random words that make hashes of one process mean nothing to others.
    package struct Key: Sendable {
        fileprivate let key: csimdjson_hash_key

        package init(using random: inout some RandomNumberGenerator) {
            // Odd, so that no word is nought and none shares a factor with the modulus.
            key = csimdjson_hash_key(
                words: (random.next() | 1, random.next() | 1, random.next() | 1, random.next() | 1))
        }
        package init() {
            var random = SystemRandomNumberGenerator()
            self.init(using: &random)
        }
    }

    /// Under a key that nobody else knows collisions cannot be looked for: whoever writes into a body has no say in
    /// whether it passes for another one.
    package init(_ bytes: ArraySlice<UInt8>, key: Key) {
        self.init(
            withUnsafePointer(to: key.key) { key in
                bytes.withUnsafeBufferPointer { csimdjson_hash_keyed($0.baseAddress, $0.count, key) }
            })
    }
}

extension [UInt8] {
    /// Eight bytes, the lowest first.
    package mutating func append(littleEndian word: UInt64) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }
}
