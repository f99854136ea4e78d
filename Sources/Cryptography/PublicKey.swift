import CLibCrypto

/// A public key that signatures are checked with, one algorithm each. For any number of threads: it is immutable.
package final class PublicKey: Sendable {
    package enum Parts: Sendable {
        /// RSASSA-PKCS1-v1_5 with SHA-256. Big-endian, without zeros in front.
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// ECDSA on P-256 with SHA-256. 32 bytes each.
        case p256(x: [UInt8], y: [UInt8])
        /// 32 bytes.
        case ed25519([UInt8])
    }
    private enum Algorithm { case rsa, p256, ed25519 }
    private let algorithm: Algorithm
    private nonisolated(unsafe) let key: OpaquePointer  // EVP_PKEY, never changed after it was made

    /// Nil for what is no such key, or one that nobody should use: RSA of less than 2048 bits, of more than 8192 (whose
    /// signatures take long to check), or with an even exponent or one of more than 32 bits.
    package init?(_ parts: Parts) {
        let made: OpaquePointer?
        switch parts {
        case .rsa(let modulus, let exponent):
            guard let high = modulus.first, high != 0, let low = exponent.last, low % 2 == 1, exponent.count <= 4,
                exponent != [1]
            else { return nil }
            let bits = modulus.count * 8 - high.leadingZeroBitCount
            guard (2048...8192).contains(bits) else { return nil }
            algorithm = .rsa
            made = clibcrypto_rsa_public_key(modulus, Int32(modulus.count), exponent, Int32(exponent.count))
        case .p256(let x, let y):
            guard x.count == 32, y.count == 32 else { return nil }
            algorithm = .p256
            made = clibcrypto_p256_public_key([4] + x + y)
        case .ed25519(let point):
            guard point.count == 32 else { return nil }
            algorithm = .ed25519
            made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, point, point.count)
        }
        guard let made else {
            ERR_clear_error()
            return nil
        }
        key = made
    }
    deinit { EVP_PKEY_free(key) }

    /// - Parameter signature: of ECDSA r and s, 32 bytes each (RFC 7518 §3.4); anything of another form is not valid.
    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch algorithm {
        case .rsa:
            return clibcrypto_verify(key, "SHA256", signature, signature.count, message, message.count) == 1
        case .p256:
            guard signature.count == 64 else { return false }
            var der = [UInt8](repeating: 0, count: 80)
            let count = clibcrypto_ecdsa_der(signature, &der, Int32(der.count))
            return count > 0 && clibcrypto_verify(key, "SHA256", der, Int(count), message, message.count) == 1
        case .ed25519:
            return clibcrypto_verify(key, nil, signature, signature.count, message, message.count) == 1
        }
    }
}
