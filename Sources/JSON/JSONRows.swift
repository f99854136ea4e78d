import CSimdJSON

/// Walks a long array of objects, flat or nested once, without building it: one call for each element, in order.
///
/// Every value is checked, those nobody asks for too, and so is what follows the array. Nesting up to 64.
package struct JSONRows {
    private let names: [StaticString]
    /// A bit for each name.
    private let checked: UInt64

    /// - Parameters:
    ///   - names: the members that matter, at most 64; a row's values are asked for by their place in this list.
    ///   - checked: places of those whose texts nobody reads: whether there is one, and an empty one, is all that can be
    ///     asked (`textLength`, `kind`).
    package init(names: [StaticString], checked: [Int] = []) {
        precondition(names.count <= 64)
        self.names = names
        self.checked = checked.reduce(0) { $0 | 1 << UInt64($1) }
    }

    /// Rows already handed out are void when this throws.
    ///
    /// - Parameter isKnown: asked for each object by the hash of its bytes as they stand. One that is known is passed
    ///   over without being looked into: the same bytes have gone through `body` before.
    package func walk(
        _ bytes: ArraySlice<UInt8>, isKnown: (TextHash) -> Bool = { _ in false }, _ body: (borrowing JSONRow) -> Void
    ) throws(JSONError) {
        let texts = names.map { csimdjson_text(bytes: $0.utf8Start, length: $0.utf8CodeUnitCount) }
        let status = withoutActuallyEscaping(body) { body in
            withoutActuallyEscaping(isKnown) { isKnown in
                var callbacks = Callbacks(isKnown: isKnown, body: body)
                return bytes.withUnsafeBufferPointer { bytes in
                    withUnsafeMutablePointer(to: &callbacks) { callbacks in
                        var visitor = csimdjson_row_visitor(
                            context: callbacks,
                            is_known: { context, hash in
                                guard let context else { return false }
                                return context.assumingMemoryBound(to: Callbacks.self).pointee.isKnown(TextHash(hash))
                            },
                            row: { context, row in
                                guard let context, let row else { return }
                                context.assumingMemoryBound(to: Callbacks.self).pointee.body(JSONRow(row: row))
                            })
                        return csimdjson_walk_rows(
                            bytes.baseAddress, bytes.count, texts, texts.count, checked, &visitor)
                    }
                }
            }
        }
        if let error = JSONError(status) { throw error }
    }

    private struct Callbacks {
        let isKnown: (TextHash) -> Bool
        let body: (borrowing JSONRow) -> Void
    }
}

/// One element of the array. It points into the parser's buffers and cannot outlive the call it is lent to.
package struct JSONRow: ~Copyable {
    fileprivate let row: UnsafePointer<csimdjson_row>

    /// False: a string, a number, an array where an object should be. Its values are not to be looked at.
    package var isObject: Bool { row.pointee.is_object }
    /// Of the object's bytes as they stand.
    package var hash: TextHash { TextHash(row.pointee.hash) }
    /// A member's name came twice: which of its values counts is anybody's guess (RFC 8259 §4).
    package var hasRepeatedMember: Bool { row.pointee.has_repeated_member }

    /// A member as a small value.
    package enum Field: Equatable, Sendable {
        case absent
        case null
        case boolean(Bool)
        case string(String)
        case integer(Int64)
        /// An object, an array, a number that is no `Int64`, a string with half a surrogate pair.
        case other
    }

    package subscript(index: Int) -> Field {
        let value = row.pointee.values[index]
        switch value.kind {
        case CSIMDJSON_ABSENT: return .absent
        case CSIMDJSON_NULL: return .null
        case CSIMDJSON_FALSE: return .boolean(false)
        case CSIMDJSON_TRUE: return .boolean(true)
        case CSIMDJSON_INTEGER: return .integer(value.integer)
        case CSIMDJSON_STRING: return .string(String(value.text))
        default: return .other
        }
    }

    /// Hands the member to `body` where it stands; nil unless it is a string.
    package func withString<Result>(at index: Int, _ body: (Span<UInt8>) -> Result) -> Result? {
        let value = row.pointee.values[index]
        guard value.kind == CSIMDJSON_STRING else { return nil }
        return body(UnsafeBufferPointer(start: value.text.bytes, count: value.text.length).span)
    }
    /// What kind of value the member is; of a string and of an integer no more than that.
    package func kind(at index: Int) -> Kind {
        switch row.pointee.values[index].kind {
        case CSIMDJSON_ABSENT, CSIMDJSON_NULL: .null
        case CSIMDJSON_STRING: .string
        default: .other
        }
    }
    package enum Kind: Sendable { case null, string, other }

    /// The text's length in bytes alone: whether there is any; nil unless it is a string. Of one that is only checked, as
    /// it stands: zero where the text is empty.
    package func textLength(at index: Int) -> Int? {
        let value = row.pointee.values[index]
        return value.kind == CSIMDJSON_STRING ? value.text.length : nil
    }
}

extension String {
    init(_ text: csimdjson_text) {
        self.init(decoding: UnsafeBufferPointer(start: text.bytes, count: text.length), as: UTF8.self)
    }
}
