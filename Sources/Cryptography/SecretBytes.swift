import CLibCrypto

/// Bytes on memory that is locked and kept out of core dumps where the system allows it (`SecretMemory`), and wiped when
/// the last reference goes (`OPENSSL_cleanse`). The one owner of a secret's bytes.
///
/// It has no description of its own on purpose; whoever wraps it prints `<redacted>`. Equal when the bytes are, in
/// constant time for equal lengths, and without a copy.
package final class SecretBytes: Sendable, Equatable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer  // written in the initialisers alone
    package let count: Int

    /// Copies; what was copied is its owner's to wipe (`wipe`).
    package init(_ bytes: some Collection<UInt8>) {
        let copy = SecretMemory.allocate(bytes.count)
        let copied: Void? = bytes.withContiguousStorageIfAvailable { copy.copyMemory(from: .init($0)) }
        if copied == nil { copy.copyBytes(from: bytes) }
        storage = copy
        count = bytes.count
    }
    /// Copies, then wipes the original. Only the array given is reached: it must share its bytes with no other.
    package convenience init(wiping bytes: inout [UInt8]) {
        self.init(bytes)
        wipe(&bytes)
    }
    /// Random bytes that were never anywhere else, for a key.
    package init(randomByteCount count: Int) throws(CryptographyError) {
        guard let length = Int32(exactly: count), length >= 0 else {
            throw CryptographyError(doing: "make \(count) random bytes")
        }
        storage = SecretMemory.allocate(count)
        self.count = count
        guard RAND_priv_bytes(storage.baseAddress?.assumingMemoryBound(to: UInt8.self), length) == 1 else {
            throw .last(doing: "make a random key")
        }
    }
    deinit { SecretMemory.free(storage) }

    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.count == right.count
            && CRYPTO_memcmp(left.storage.baseAddress, right.storage.baseAddress, left.count) == 0
    }

    /// Lends the bytes; they must not outlive `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }
    /// Where the bytes are, for looking it up in `/proc/self/smaps`.
    package var address: UInt { UInt(bitPattern: storage.baseAddress) }
    /// Whether a rule holds for every byte; the rule must keep none.
    package func allSatisfy(_ rule: (UInt8) -> Bool) -> Bool { withBytes { $0.allSatisfy(rule) } }
    /// The bytes as text, for a field of a request. The copy is not wiped: ask for it as late as possible.
    package func revealed() -> String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// Overwrites the bytes so that no optimiser leaves it out, and empties the array. When the array shares its bytes
/// with another one, the other keeps them.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    bytes = []
}
