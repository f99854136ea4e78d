import CLibCrypto

/// Random bytes fit for keys and nonces (`RAND_bytes`).
package func randomBytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
    guard let length = Int32(exactly: count), length >= 0 else {
        throw CryptographyError(doing: "make \(count) random bytes")
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
        filled = RAND_bytes(bytes.baseAddress, length) == 1 ? count : 0
    }
    guard bytes.count == count else { throw .last(doing: "make random bytes") }
    return bytes
}
