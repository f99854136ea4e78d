import CCompression

/// Compresses one body piece by piece; each piece can be read when it has come, without waiting for the next.
///
/// For one thread at a time. Holds about 300 KiB until it is let go of.
package final class StreamCompressor {
    private enum Kind {
        case gzip(Gzip)
        case zstd(OpaquePointer)
    }
    private let kind: Kind

    /// 128 KiB: a reader has to hold it too, and rows repeat what stands close by.
    private static let windowLog: Int32 = 17

    /// Nil when there is no memory for it.
    package init?(_ coding: ContentCoding) {
        switch coding {
        case .gzip:
            guard let gzip = Gzip() else { return nil }
            kind = .gzip(gzip)
        case .zstd:
            guard let context = ZSTD_createCCtx() else { return nil }
            kind = .zstd(context)
            let codes = [
                ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ContentCoding.zstdLevel),
                ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog),
            ]
            if codes.contains(where: { ZSTD_isError($0) != 0 }) { return nil }
        }
    }
    deinit { if case .zstd(let context) = kind { ZSTD_freeCCtx(context) } }

    /// Nil when it cannot be done, for lack of memory; the body is lost then. After `isLast` nothing may follow.
    package func compress(_ bytes: [UInt8], isLast: Bool) -> [UInt8]? {
        switch kind {
        case .gzip(let gzip): gzip.compress(bytes, isLast: isLast)
        case .zstd(let context): Self.compress(bytes, isLast: isLast, context)
        }
    }

    private static func compress(_ bytes: [UInt8], isLast: Bool, _ context: OpaquePointer) -> [UInt8]? {
        let bound = ZSTD_compressBound(bytes.count) + 64
        guard ZSTD_isError(bound) == 0 else { return nil }
        var remaining = 0
        let output = bytes.withUnsafeBytes { input in
            [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: bound, pos: 0)
                remaining = ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_flush)
                count = target.pos
            }
        }
        return remaining == 0 ? output : nil
    }
}
