/// The content codings that answers are sent in (RFC 9110 §8.4.1, RFC 8878).
package enum ContentCoding: String, Sendable, CaseIterable {
    case zstd, gzip

    /// One whole body. Nil when there is no memory for it.
    package func compress(_ body: [UInt8]) -> [UInt8]? {
        switch self {
        case .zstd: try? Zstd.compress(body, level: Self.zstdLevel)
        case .gzip: Contexts.current?.gzip?.compressWhole(body)
        }
    }

    /// A page of 500 releases, 211 KB: level 1 makes 13 KB of it in 0.24 ms, level 6 10 KB in 0.9 ms. An answer is made
    /// anew for every reader, so time counts more.
    static let gzipLevel: Int32 = 1
    static let zstdLevel: Int32 = 1
}
