import CSimdJSON

extension JSONValue {
    /// Reads one small document. Members keep their order, repeated ones too; a number is an integer when it is written
    /// as one and fits `Int64`, else a `Double`, at most the largest finite one. Half a surrogate pair becomes U+FFFD.
    ///
    /// - Parameter maxDepth: how deep arrays and objects may nest, at most 64.
    package static func parse(_ bytes: some Sequence<UInt8>, maxDepth: Int = 64) throws(JSONError) -> JSONValue {
        var builder = Builder()
        let whole = Array(bytes)
        let status = whole.withUnsafeBufferPointer { bytes in
            withUnsafeMutablePointer(to: &builder) { builder in
                csimdjson_walk_events(bytes.baseAddress, bytes.count, max(maxDepth, 0), builder) { context, value in
                    guard let context, let value else { return }
                    context.assumingMemoryBound(to: Builder.self).pointee.take(value.pointee)
                }
            }
        }
        if let error = JSONError(status) { throw error }
        guard let root = builder.root else { throw .syntax }
        return root
    }
}

/// Puts a tree together from events, with a stack of its own.
private struct Builder {
    private enum Open {
        case object([JSONValue.Member])
        case array([JSONValue])
    }
    private var open: [Open] = []
    private var keys: [String] = []
    private(set) var root: JSONValue?

    mutating func take(_ value: csimdjson_value) {
        switch value.kind {
        case CSIMDJSON_OBJECT: open.append(.object([]))
        case CSIMDJSON_ARRAY: open.append(.array([]))
        case CSIMDJSON_KEY: keys.append(String(value.text))
        case CSIMDJSON_END:
            switch open.popLast() {
            case .object(let members): add(.object(members))
            case .array(let values): add(.array(values))
            case nil: break
            }
        case CSIMDJSON_STRING: add(.string(String(value.text)))
        case CSIMDJSON_INTEGER: add(.integer(value.integer))
        case CSIMDJSON_NUMBER: add(.number(value.real))
        case CSIMDJSON_TRUE: add(.boolean(true))
        case CSIMDJSON_FALSE: add(.boolean(false))
        default: add(.null)
        }
    }
    private mutating func add(_ value: JSONValue) {
        switch open.popLast() {
        case .object(var members):
            members.append(JSONValue.Member(name: keys.popLast() ?? "", value: value))
            open.append(.object(members))
        case .array(var values):
            values.append(value)
            open.append(.array(values))
        case nil: root = value
        }
    }
}
