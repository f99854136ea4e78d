/// Texts from outside that are fit to be shown, and sent in a field, as they are.
enum PlainText {
    /// Letters, digits, `.`, `-`, `_` and `:`, at least one.
    static func isPlain(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x3A).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}
