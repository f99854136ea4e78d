import CSimdJSON

/// Why a text is no use as JSON.
package enum JSONError: Error, Equatable, Sendable {
    /// Not what RFC 8259 allows; for rows also: not an array.
    case syntax
    /// Not UTF-8 throughout.
    case encoding
    /// Nested deeper than was allowed.
    case tooDeep
    /// 4 GiB or more, or no memory was left for it.
    case tooLarge

    /// Nil when all is well.
    init?(_ status: csimdjson_status) {
        switch status {
        case CSIMDJSON_OK: return nil
        case CSIMDJSON_NOT_UTF8: self = .encoding
        case CSIMDJSON_TOO_DEEP: self = .tooDeep
        case CSIMDJSON_TOO_LARGE, CSIMDJSON_NO_MEMORY: self = .tooLarge
        default: self = .syntax
        }
    }
}
