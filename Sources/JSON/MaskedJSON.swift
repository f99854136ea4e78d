import CSimdJSON

/// JSON text whose secrets are masked, so that it may be held and shown.
///
/// Replaced by `"***"` are: every scalar but null at and below a member whose name says secret; the `value` of
/// `{"name": "DB_PASSWORD", "value": …}`; `data` of a Kubernetes Secret; the argument after `--password`; a text that
/// holds a private key, `password=…`, `token: …`, a known kind of token. Of a URL only the user information goes
/// (`https://***@host`). JSON inside a string is masked in there. All else stays byte for byte. When in doubt: masked.
package enum MaskedJSON: Equatable, Sendable {
    case masked([UInt8])
    case notJSON
    /// Nested deeper than 64, or too large to be looked through.
    case notLookedThrough

    package static func mask(_ bytes: some Sequence<UInt8>) -> MaskedJSON { mask(Array(bytes).span) }

    package static func mask(_ text: Span<UInt8>) -> MaskedJSON {
        let result = text.withUnsafeBufferPointer { csimdjson_mask($0.baseAddress, $0.count) }
        defer { csimdjson_free(result.bytes) }
        switch result.status {
        case CSIMDJSON_OK: return .masked(Array(UnsafeBufferPointer(start: result.bytes, count: result.length)))
        case CSIMDJSON_SYNTAX, CSIMDJSON_NOT_UTF8: return .notJSON
        default: return .notLookedThrough
        }
    }

    /// What is shown: the text, or a marker in its place.
    package var text: [UInt8] {
        switch self {
        case .masked(let text): text
        case .notJSON: Array("[withheld: not JSON]".utf8)
        case .notLookedThrough: Array("[withheld: nested too deeply]".utf8)
        }
    }

    /// Whether a member of this name has its value masked.
    package static func isSecretName(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { csimdjson_is_secret_name($0.baseAddress, $0.count) }
    }
}
