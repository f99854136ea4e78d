import Cryptography

/// A secret value. It prints as `<redacted>`, compares in constant time without a copy, and its bytes are wiped when
/// the last value that holds them goes.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: SecretBytes

    package init(_ bytes: some Collection<UInt8>) { self.bytes = SecretBytes(bytes) }
    package init(_ bytes: SecretBytes) { self.bytes = bytes }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret {
    /// Without blanks, line ends and control characters at either end.
    package var trimmed: Secret {
        bytes.withBytes { bytes in
            var (start, end) = (0, bytes.count)
            while start < end, bytes[start] <= 0x20 { start += 1 }
            while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
            return Secret(bytes[start..<end])
        }
    }
}
