import CLibCrypto

/// Bytes that are wiped when the last reference goes (`OPENSSL_cleanse`). The one owner of a secret's bytes.
///
/// It has no description of its own on purpose; whoever wraps it prints `<redacted>`.
package final class SecretBytes: Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer  // written in init alone

    package init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(byteCount: max(bytes.count, 1), alignment: 16)
        storage.copyBytes(from: bytes)
        count = bytes.count
    }
    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }
    package let count: Int

    /// Lends the bytes; they must not outlive `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }
}
