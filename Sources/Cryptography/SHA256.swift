import CLibCrypto

/// SHA-256 of the bytes, 32 of them. Bytes in one piece (arrays, slices, `String.utf8`) are not copied.
package func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let digest = bytes.withContiguousStorageIfAvailable { digestOf(UnsafeRawBufferPointer($0)) }
    return digest ?? Array(bytes).withUnsafeBytes { digestOf($0) }
}
/// Of a secret, without a copy of it.
package func sha256(_ secret: SecretBytes) -> [UInt8] { secret.withBytes { digestOf($0) } }

private func digestOf(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
        let code = EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, Algorithms.all.sha256, nil)
        precondition(code == 1, "EVP_Digest")  // fails only when there is no memory for its context
        count = 32
    }
}
