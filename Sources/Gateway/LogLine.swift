import Logging
import Settings
import Timing

/// One line of the log: time, level, constant message, then `key=value` in the order of the keys.
///
/// Nothing in it can begin a second line or move a terminal's cursor: what is not printable is escaped.
package enum LogLine {
    /// Of one value, in code points.
    private static let valueLimit = 1024

    package static func bytes(
        at time: Instant, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
    ) -> [UInt8] {
        var line = Array(time.rfc3339.utf8)
        line.append(UInt8(ascii: " "))
        line.append(contentsOf: level.rawValue.utf8)
        line.append(UInt8(ascii: " "))
        append(escaped(message), to: &line)
        append(label, key: "from", to: &line)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { append(value.description, key: key, to: &line) }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func append(_ text: String, key: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: " "))
        append(escaped(key), to: &line)
        line.append(UInt8(ascii: "="))
        let isBare = !text.isEmpty && text.utf8.count <= valueLimit && text.utf8.allSatisfy(isBareByte)
        append(isBare ? text : "\"\(escaped(text))\"", to: &line)
    }
    /// Printable ASCII that means nothing in a line of `key=value`.
    private static func isBareByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && ![UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\")].contains(byte)
    }
    private static func append(_ text: String, to line: inout [UInt8]) { line.append(contentsOf: text.utf8) }

    private static func escaped(_ text: String) -> String { PrintableText.escaped(text, limit: valueLimit) }
}
