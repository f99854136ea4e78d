import CLibCrypto

/// A libcrypto function did not do its work: out of memory, or a library without the algorithm. Never about input.
package struct CryptographyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being attempted, `fetch SHA-256`.
    package let doing: String
    /// libcrypto's own code, 0 when it gave none. It names places in the library and holds no data.
    package let code: UInt

    package init(doing: String, code: UInt = 0) {
        self.doing = doing
        self.code = code
    }
    package var description: String { "libcrypto could not \(doing) (code \(code))" }

    /// Takes the oldest entry of this thread's error queue and empties it, so that nobody reads it as his own.
    static func last(doing: StaticString) -> CryptographyError {
        let code = ERR_peek_error()
        ERR_clear_error()
        return CryptographyError(doing: "\(doing)", code: code)
    }
}
