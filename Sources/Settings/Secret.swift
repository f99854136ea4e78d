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
