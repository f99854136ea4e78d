/// A digest of content, 32 bytes (SHA-256) as four words, so that it is a plain value without an allocation.
package struct ContentHash: Hashable, Sendable {
    package var words: (UInt64, UInt64, UInt64, UInt64)

    package static let zero = ContentHash(words: (0, 0, 0, 0))
    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Nil unless `digest` has 32 bytes.
    package init?(digest: [UInt8]) {
        guard digest.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            digest[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }
    /// Lower-case hex of the first `count` bytes.
    package func hex(bytes count: Int = 32) -> String {
        bytes.prefix(count).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    package static func == (left: ContentHash, right: ContentHash) -> Bool { left.words == right.words }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// Sums word by word: the digest of a set does not depend on the order in which its members were added, and one
    /// member is replaced without touching the others (AdHash, Bellare and Micciancio 1997).
    package static func &+ (left: ContentHash, right: ContentHash) -> ContentHash {
        ContentHash(
            words: (
                left.words.0 &+ right.words.0, left.words.1 &+ right.words.1, left.words.2 &+ right.words.2,
                left.words.3 &+ right.words.3
            ))
    }
    package static func &- (left: ContentHash, right: ContentHash) -> ContentHash {
        ContentHash(
            words: (
                left.words.0 &- right.words.0, left.words.1 &- right.words.1, left.words.2 &- right.words.2,
                left.words.3 &- right.words.3
            ))
    }
}
