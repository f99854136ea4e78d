import CLibCrypto

/// Whether two byte sequences are equal, in a time that depends on their lengths alone (`CRYPTO_memcmp`).
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
