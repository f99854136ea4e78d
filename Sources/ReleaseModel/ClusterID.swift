/// The identity of a cluster: the cloud's `metadata.uid`, UUID form in practice. Names change, this does not.
///
/// 1 to 64 letters, digits, `-`, `_` or `.`, so that it is safe in a path and compares by bytes.
package struct ClusterID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text != ".", text != "..",
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            })
        else { return nil }
        self.text = text
    }
    package static func < (left: ClusterID, right: ClusterID) -> Bool { left.text < right.text }  // ASCII: by bytes
    package var description: String { text }
}
