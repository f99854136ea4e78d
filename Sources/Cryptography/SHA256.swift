import CLibCrypto

/// SHA-256 of the bytes, 32 of them. Bytes in one piece (arrays, slices, `String.utf8`) are not copied.
package func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let digest = bytes.withContiguousStorageIfAvailable { digestOf(UnsafeRawBufferPointer($0)) }
    return digest ?? Array(bytes).withUnsafeBytes { digestOf($0) }
}

private func digestOf(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
        let code = EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, Algorithms.all.sha256, nil)
        precondition(code == 1, "EVP_Digest")  // fails only when there is no memory for its context
        count = 32
    }
}

/// SHA-256 over what comes in pieces. For one thread at a time; not copyable, since a copy would share the state.
package struct SHA256Stream: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new") }  // no memory
        self.context = context
        begin()
    }
    deinit { EVP_MD_CTX_free(context) }

    /// Bytes in one piece (arrays, slices, `String.utf8`) are not copied.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        guard bytes.withContiguousStorageIfAvailable({ add(UnsafeRawBufferPointer($0)) }) == nil else { return }
        Array(bytes).withUnsafeBytes { add($0) }
    }
    /// The 32 bytes of everything since the beginning; the stream is then as new.
    package mutating func finish() -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            let code = EVP_DigestFinal_ex(context, digest.baseAddress, nil)
            precondition(code == 1, "EVP_DigestFinal_ex")
            count = 32
        }
        begin()
        return digest
    }

    private func begin() {
        let code = EVP_DigestInit_ex2(context, Algorithms.all.sha256, nil)
        precondition(code == 1, "EVP_DigestInit_ex2")  // fails only when there is no memory
    }
    private func add(_ bytes: UnsafeRawBufferPointer) {
        let code = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(code == 1, "EVP_DigestUpdate")
    }
}
