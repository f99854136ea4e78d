import Cryptography

/// A secret value. It prints as `<redacted>`, compares in constant time, and its bytes are wiped when it goes.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: SecretBytes

    package init(_ bytes: some Collection<UInt8>) { self.bytes = SecretBytes(bytes) }

    package static func == (left: Secret, right: Secret) -> Bool {
        left.bytes.withBytes { left in right.bytes.withBytes { right in constantTimeEqual(Array(left), Array(right)) } }
    }
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
