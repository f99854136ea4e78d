import CCompression

/// A gzip compressor: pieces in, pieces out. For one thread at a time.
final class Gzip {
    /// zlib's state points back to it, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil when there is no memory for it: 256 KiB.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits: Int32 = 15 + 16  // 32 KiB, in a gzip frame
        let code = deflateInit2_(
            stream, ContentCoding.gzipLevel, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            stream.deallocate()
            return nil
        }
    }
    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// What has come so far can be decompressed from what is returned so far; `isLast` ends the frame.
    func compress(_ bytes: [UInt8], isLast: Bool) -> [UInt8]? {
        guard var left = UInt32(exactly: bytes.count) else { return nil }
        // Room for all of it at once, and for the mark of the flush.
        let bound = Int(deflateBound(stream, uLong(bytes.count))) + 64
        var code = Z_OK
        let output = bytes.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                // zlib reads only, and says so nowhere.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = left
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(clamping: bound)
                code = deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                left = stream.pointee.avail_in
                count = bound - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        let isDone = isLast ? code == Z_STREAM_END : (code == Z_OK || code == Z_BUF_ERROR)
        return isDone && left == 0 && output.count < bound ? output : nil
    }

    /// One body by itself, whatever came before.
    func compressWhole(_ bytes: [UInt8]) -> [UInt8]? {
        guard deflateReset(stream) == Z_OK else { return nil }
        return compress(bytes, isLast: true)
    }
}
