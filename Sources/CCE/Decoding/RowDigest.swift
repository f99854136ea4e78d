import JSON

/// What one row says, in 128 bits: equal rows have equal digests in every process.
///
/// Over the row's rendered text, which says every basic field in a fixed order and form, and the description. Heavy
/// fields have digests of their own (`HeavyColumn.digest`), made when those are.
struct RowDigest {
    let hash: TextHash
    var low: UInt64 { hash.low }
    var high: UInt64 { hash.high }

    init(of rendered: ArraySlice<UInt8>, description: TextHash?) {
        var words: [UInt8] = []
        words.reserveCapacity(40)
        for hash in [TextHash(rendered.span), description] {
            words.append(hash == nil ? 0 : 1)
            guard let hash else { continue }
            words.append(littleEndian: hash.low)
            words.append(littleEndian: hash.high)
        }
        hash = TextHash(words)
    }
    init(hash: TextHash) { self.hash = hash }
}
