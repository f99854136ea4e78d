import CLibCrypto

/// Loads libcrypto so that it leaves nothing to do at exit, and fetches the algorithms we use.
///
/// To be called once, before any other thread runs: without it libcrypto registers an `atexit` handler that frees
/// its tables under the feet of threads that still use them.
package func startCryptography() throws(CryptographyError) {
    guard clibcrypto_init_no_atexit() == 1 else { throw .last(doing: "start without an exit handler") }
    guard let algorithms = Algorithms.fetched else { throw .last(doing: "fetch SHA-256, HMAC and AES-256-GCM") }
    _ = (algorithms, SecretMemory.standing)
}

/// The algorithms, looked up once: a lookup per call takes a global lock and costs more than hashing a request.
///
/// What is fetched is immutable and may be used by any thread (OpenSSL's man page EVP_MD_fetch(3)). Never freed: one
/// set for the life of the process.
struct Algorithms: @unchecked Sendable {  // pointers to immutable tables
    let sha256: OpaquePointer
    let hmac: OpaquePointer
    let aes256GCM: OpaquePointer

    static let fetched: Algorithms? = {
        guard let sha256 = EVP_MD_fetch(nil, "SHA256", nil), let hmac = EVP_MAC_fetch(nil, "HMAC", nil),
            let aes256GCM = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
        else { return nil }
        return Algorithms(sha256: sha256, hmac: hmac, aes256GCM: aes256GCM)
    }()

    /// `startCryptography` has shown that they are there; a process without them cannot do anything of use.
    static var all: Algorithms {
        guard let fetched else { preconditionFailure("libcrypto has no SHA-256, HMAC or AES-256-GCM") }
        return fetched
    }
}
