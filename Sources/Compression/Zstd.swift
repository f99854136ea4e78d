import CCompression

/// One zstd frame for one piece of text.
///
/// zlib's and zstd's state belongs to a thread and is kept there between calls: making it costs more than a small text.
package enum Zstd {
    package enum Failure: Error, Equatable, Sendable {
        /// Not a whole zstd frame, or a damaged one.
        case damaged
        /// It would come to more than was allowed.
        case tooLarge
        case outOfMemory
    }

    /// Cheap rather than small: text of chart values still shrinks to about a fifth, in a third of the time that level
    /// 1 takes (which makes it a sixth smaller still).
    package static let level: Int32 = -1

    /// Empty stays empty: no frame is spent on it.
    package static func compress(_ bytes: [UInt8], level: Int32 = level) throws(Failure) -> [UInt8] {
        if bytes.isEmpty { return [] }
        guard let context = Contexts.current?.compressor else { throw .outOfMemory }
        let bound = ZSTD_compressBound(bytes.count)
        guard ZSTD_isError(bound) == 0 else { throw .tooLarge }
        // Into a buffer of the thread's first: the array that stays has then exactly the size it needs.
        var code = 0
        let compressed = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bound) { buffer -> [UInt8] in
            code = ZSTD_compressCCtx(context, buffer.baseAddress, bound, bytes, bytes.count, level)
            return ZSTD_isError(code) == 0 ? Array(buffer[..<code]) : []
        }
        guard ZSTD_isError(code) == 0 else { throw .outOfMemory }
        return compressed
    }

    /// - Parameter limit: bytes that may come out. The frame's own word for its size is not believed beyond it.
    package static func decompress(_ frame: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        if frame.isEmpty { return [] }
        guard let context = Contexts.current?.decompressor else { throw .outOfMemory }
        let told = ZSTD_getFrameContentSize(frame, frame.count)
        // Its two special values, unknown and error, are the largest ones.
        guard told < UInt64(Int.max) else { throw .damaged }
        guard told <= UInt64(max(limit, 0)) else { throw .tooLarge }
        var code = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(Int(told), 1)) { buffer, count in
            code = ZSTD_decompressDCtx(context, buffer.baseAddress, Int(told), frame, frame.count)
            count = ZSTD_isError(code) == 0 ? code : 0
        }
        guard ZSTD_isError(code) == 0 else { throw .damaged }
        return bytes
    }
}
