import JSON

/// What one row says, in 128 bits: equal rows have equal digests in every process.
///
/// Over the row's rendered text, which says every basic field in a fixed order and form, and a mark and a hash for each
/// field that is not in it. Heavy fields count by the text that is held, never by its compressed form, which may
/// differ from one library version to the next.
struct RowDigest {
    enum Heavy {
        case absent, withheld
        case held(TextHash)
    }
    /// What the rendered text does not say.
    struct Parts {
        /// Nil: null.
        var description: TextHash?
        var values = Heavy.absent
        var parameters = Heavy.absent
        var resources = Heavy.absent
    }
    let hash: TextHash
    var low: UInt64 { hash.low }
    var high: UInt64 { hash.high }

    init(of rendered: ArraySlice<UInt8>, _ parts: Parts) {
        var words: [UInt8] = []
        words.reserveCapacity(96)
        func append(_ mark: UInt8, _ hash: TextHash?) {
            words.append(mark)
            guard let hash else { return }
            words.append(littleEndian: hash.low)
            words.append(littleEndian: hash.high)
        }
        append(1, TextHash(rendered.span))
        append(parts.description == nil ? 0 : 1, parts.description)
        for heavy in [parts.values, parts.parameters, parts.resources] {
            switch heavy {
            case .absent: append(0, nil)
            case .withheld: append(4, nil)
            case .held(let hash): append(5, hash)
            }
        }
        hash = TextHash(words)
    }
    init(hash: TextHash) { self.hash = hash }
}
