import CMicroHTTPD

/// The pieces of one body, kept where they are until libmicrohttpd has sent them.
///
/// The addresses stay valid: on Linux an `Array` always owns native storage, whose elements never move while it is
/// referenced, and nothing mutates what this object holds.
final class HeldBody: @unchecked Sendable {  // immutable; the pointers lead into `pieces`
    private let pieces: [[UInt8]]
    let vectors: [MHD_IoVec]
    let byteCount: Int
    private let budget: BodyBudget
    private let counted: [BodyBudget.Piece]

    /// libmicrohttpd copies the vectors of an answer into the connection's 32 KiB, 16 bytes each: more than these,
    /// and an answer might find no room there. More pieces are sent by a reader instead, copied as they go out.
    static let maxVectors = 64

    /// Nil when the budget has no room for it.
    init?(_ body: [[UInt8]], budget: BodyBudget) {
        pieces = body.filter { !$0.isEmpty }
        vectors = pieces.map { piece in
            piece.withUnsafeBufferPointer { MHD_IoVec(iov_base: $0.baseAddress, iov_len: $0.count) }
        }
        byteCount = pieces.reduce(0) { $0 + $1.count }
        counted = vectors.map { (UInt(bitPattern: $0.iov_base), $0.iov_len) }
        self.budget = budget
        guard budget.take(counted) else {
            isCounted = false
            return nil
        }
        isCounted = true
    }
    private let isCounted: Bool
    deinit { if isCounted { budget.giveBack(counted) } }

    /// A response that owns `self`; nil when libmicrohttpd has no memory.
    func makeResponse() -> OpaquePointer? {
        vectors.count > Self.maxVectors ? makeReaderResponse() : makeVectorResponse()
    }

    private func makeVectorResponse() -> OpaquePointer? {
        let owner = Unmanaged.passRetained(self)
        let response = vectors.withUnsafeBufferPointer { vectors in
            MHD_create_response_from_iovec(
                vectors.baseAddress, UInt32(vectors.count),
                { context in if let context { Unmanaged<HeldBody>.fromOpaque(context).release() } }, owner.toOpaque())
        }
        if response == nil { owner.release() }
        return response
    }

    private func makeReaderResponse() -> OpaquePointer? {
        let owner = Unmanaged.passRetained(Reader(self))
        let response = MHD_create_response_from_callback(
            UInt64(byteCount), 64 << 10,
            { context, position, buffer, count in
                guard let context, let buffer else { return cmhd_end_with_error }
                return Unmanaged<Reader>.fromOpaque(context).takeUnretainedValue()
                    .read(at: position, into: buffer, atMost: count)
            }, owner.toOpaque(),
            { context in if let context { Unmanaged<Reader>.fromOpaque(context).release() } })
        if response == nil { owner.release() }
        return response
    }

    /// Walks the pieces in order. One connection's answer, so always on that connection's thread.
    private final class Reader {
        private let body: HeldBody
        private var piece = 0
        private var offset = 0
        private var position: UInt64 = 0
        init(_ body: HeldBody) { self.body = body }

        func read(at wanted: UInt64, into buffer: UnsafeMutablePointer<CChar>, atMost count: Int) -> Int {
            guard wanted == position else { return cmhd_end_with_error }
            var written = 0
            while written < count, piece < body.vectors.count {
                let vector = body.vectors[piece]
                let length = min(count - written, vector.iov_len - offset)
                if let base = vector.iov_base {
                    UnsafeMutableRawPointer(buffer + written).copyMemory(from: base + offset, byteCount: length)
                }
                written += length
                offset += length
                if offset == vector.iov_len {
                    piece += 1
                    offset = 0
                }
            }
            position += UInt64(written)
            return written > 0 ? written : cmhd_end_of_stream
        }
    }
}
