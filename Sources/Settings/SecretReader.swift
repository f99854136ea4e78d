import Cryptography
import Glibc

/// A secret that could not be read. Names the place, never the content.
package struct SecretUnreadable: Error, Equatable, CustomStringConvertible {
    package let reference: SecretReference
    package let detail: String
    package init(reference: SecretReference, detail: String) {
        self.reference = reference
        self.detail = detail
    }
    package var description: String { "\(reference) \(detail)" }
}

/// Reads the secrets that the configuration refers to. Blocks on files: for start-up and for threads of our own.
package struct SecretReader: Sendable {
    /// Of a file or a variable. Kubernetes mounts secrets of up to 1 MiB; a key or a token has a few KiB.
    package static let byteLimit = 64 << 10
    private let variable: @Sendable (String) -> Secret?

    /// Reads the environment of the process, which nothing in it changes.
    package init() {
        variable = { name in
            getenv(name).map { Secret(UnsafeRawBufferPointer(start: $0, count: strnlen($0, Self.byteLimit + 1))) }
        }
    }
    /// For tests.
    package init(environment: [String: String]) { variable = { environment[$0].map { Secret($0.utf8) } } }

    /// The content without line ends after it, which editors and `echo` add. Never empty.
    package func read(_ reference: SecretReference) throws(SecretUnreadable) -> Secret {
        let secret = try content(of: reference).bytes.withBytes { Self.trimmed($0) }
        guard secret.bytes.count > 0 else { throw SecretUnreadable(reference: reference, detail: "is empty") }
        return secret
    }

    // MARK: - Internals

    private func content(of reference: SecretReference) throws(SecretUnreadable) -> Secret {
        var found: Secret?
        switch reference {
        case .environment(let name):
            found = variable(name)
            if let found, found.bytes.count > Self.byteLimit {
                let limit = ByteCount.text(Self.byteLimit)
                throw SecretUnreadable(reference: reference, detail: "is larger than \(limit)")
            }
        case .file(let path):
            do throws(FileUnreadable) {
                try BoundedFile.withContent(of: path, limit: Self.byteLimit) { found = Secret($0) }
            } catch {
                throw SecretUnreadable(reference: reference, detail: "cannot be read: \(error.detail)")
            }
        }
        guard let found else { throw SecretUnreadable(reference: reference, detail: "is not set") }
        return found
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> Secret {
        var count = bytes.count
        while count > 0, bytes[count - 1] == UInt8(ascii: "\n") || bytes[count - 1] == UInt8(ascii: "\r") { count -= 1 }
        return Secret(bytes[..<count])
    }
}
