import CLibCrypto

/// Sealing with AES-256-GCM (NIST SP 800-38D): hidden and protected against change, with a random nonce each time.
///
/// One key may seal 2³² messages before equal random nonces become likely; a key that lives for years needs changing.
/// For any number of threads: each call has a context of its own.
package final class AES256GCM: Sendable {
    package static let keyByteCount = 32
    /// What sealing adds: 12 bytes of nonce before the text, 16 bytes of tag behind it.
    package static let overheadByteCount = nonceByteCount + tagByteCount

    private static let nonceByteCount = 12
    private static let tagByteCount = 16
    private let key: SecretBytes

    /// Nil when the key has not exactly 32 bytes.
    package init?(key: SecretBytes) {
        guard key.count == Self.keyByteCount else { return nil }
        self.key = key
    }

    /// Nonce, hidden text and tag in one piece. `authenticating` is bound to it but not contained in it.
    package func seal(_ plain: [UInt8], authenticating: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try Context()
        let nonce = try randomBytes(Self.nonceByteCount)
        guard let lengths = Lengths(text: plain, associated: authenticating) else {
            throw CryptographyError(doing: "seal more than 2 GiB")
        }
        let textEnd = Self.nonceByteCount + plain.count
        var sealed = nonce + [UInt8](repeating: 0, count: plain.count + Self.tagByteCount)
        var written: Int32 = 0
        let isSealed = sealed.withUnsafeMutableBufferPointer { sealed in
            guard let start = sealed.baseAddress else { return false }
            let started = key.withBytes { key in
                EVP_EncryptInit_ex2(
                    context.raw, Algorithms.all.aes256GCM, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce,
                    nil)
            }
            return started == 1
                && EVP_EncryptUpdate(context.raw, nil, &written, authenticating, lengths.associated) == 1
                && EVP_EncryptUpdate(context.raw, start + Self.nonceByteCount, &written, plain, lengths.text) == 1
                && Int(written) == plain.count
                && EVP_EncryptFinal_ex(context.raw, start + textEnd, &written) == 1 && written == 0
                && EVP_CIPHER_CTX_ctrl(
                    context.raw, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), start + textEnd) == 1
        }
        guard isSealed else { throw .last(doing: "seal") }
        return sealed
    }

    /// What was sealed with this key and the same associated data; nil when anything about it was changed.
    package func open(_ sealed: [UInt8], authenticating: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.overheadByteCount, let context = try? Context() else { return nil }
        let nonce = Array(sealed.prefix(Self.nonceByteCount))
        let hidden = Array(sealed.dropFirst(Self.nonceByteCount).dropLast(Self.tagByteCount))
        var tag = Array(sealed.suffix(Self.tagByteCount))
        guard let lengths = Lengths(text: hidden, associated: authenticating) else { return nil }
        var written: Int32 = 0
        // One byte of room more, so that there is an address even for an empty text.
        var plain = [UInt8](repeating: 0, count: hidden.count + 1)
        let isGenuine = plain.withUnsafeMutableBufferPointer { plain in
            guard let start = plain.baseAddress else { return false }
            let started = key.withBytes { key in
                EVP_DecryptInit_ex2(
                    context.raw, Algorithms.all.aes256GCM, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce,
                    nil)
            }
            return started == 1
                && EVP_DecryptUpdate(context.raw, nil, &written, authenticating, lengths.associated) == 1
                && EVP_DecryptUpdate(context.raw, start, &written, hidden, lengths.text) == 1
                && Int(written) == hidden.count
                && EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount), &tag) == 1
                && EVP_DecryptFinal_ex(context.raw, start + hidden.count, &written) == 1 && written == 0
        }
        guard isGenuine else {
            ERR_clear_error()
            wipe(&plain)  // what was decrypted before the tag was found wrong is nobody's to read
            return nil
        }
        plain.removeLast()
        return plain
    }

    /// Owns one `EVP_CIPHER_CTX *`, which wipes the key's schedule when it is freed.
    private struct Context: ~Copyable {
        let raw: OpaquePointer
        init() throws(CryptographyError) {
            guard let raw = EVP_CIPHER_CTX_new() else { throw .last(doing: "make a cipher context") }
            self.raw = raw
        }
        deinit { EVP_CIPHER_CTX_free(raw) }
    }

    /// libcrypto counts in `int`.
    private struct Lengths {
        let text: Int32
        let associated: Int32
        init?(text: [UInt8], associated: [UInt8]) {
            guard let text = Int32(exactly: text.count), let associated = Int32(exactly: associated.count) else {
                return nil
            }
            (self.text, self.associated) = (text, associated)
        }
    }
}
