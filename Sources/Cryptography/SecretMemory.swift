import CLibCrypto
import Glibc

/// Where secrets lie: libcrypto's secure heap, pages of their own between guard pages, kept out of core dumps
/// (`MADV_DONTDUMP`) and of the swap (`mlock`) as far as the system lets us. What does not fit lies on the common heap.
/// libcrypto puts the keys of HMAC contexts there too (`OPENSSL_secure_malloc` of its provider).
package enum SecretMemory {
    package enum Standing: Sendable {
        case locked
        /// Kept out of core dumps alone: RLIMIT_MEMLOCK is too small, or a container forbids it.
        case unlocked
        /// There is no such heap.
        case common
    }

    /// Made by the first who asks. Never given back: its users live as long as the process.
    package static let standing: Standing = {
        switch CRYPTO_secure_malloc_init(size, 32) {
        case 1: .locked
        case 2: .unlocked
        default: .common
        }
    }()

    /// Of two kinds of secrets: keys of some dozen bytes, tokens of some thousand; a MiB holds two hundred of those.
    /// Where less may be locked, half of it; a power of two, as libcrypto wants.
    private static var size: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else { return largest }
        var size = largest
        while size > smallest, UInt64(size) * 2 > UInt64(limit.rlim_cur) { size /= 2 }
        return size
    }
    private static let largest = 1 << 20
    private static let smallest = 32 << 10

    /// At least one byte, so that there always is an address; zeroed.
    static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let length = max(count, 1)
        let isThere = standing != .common
        guard let start = (isThere ? CRYPTO_secure_zalloc(length, "", 0) : nil) ?? CRYPTO_zalloc(length, "", 0) else {
            preconditionFailure("no memory for a secret")
        }
        if isThere, CRYPTO_secure_allocated(start) == 0 { ERR_clear_error() }  // it was full
        return UnsafeMutableRawBufferPointer(start: start, count: length)
    }
    /// Wipes it first (`OPENSSL_cleanse`), wherever it lies.
    static func free(_ storage: UnsafeMutableRawBufferPointer) {
        CRYPTO_secure_clear_free(storage.baseAddress, storage.count, "", 0)
    }
}
