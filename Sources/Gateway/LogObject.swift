import Logging
import Timing

/// One line of the log as a JSON object: time, level, message, `from`, then the metadata in the order of its keys.
///
/// The line is ASCII but for letters and signs that are shown as they are: what could begin a line, move a cursor or
/// turn the order of what follows is escaped as JSON does.
package enum LogObject {
    /// Of one value, in code points.
    private static let valueLimit = 1024
    /// Metadata cannot pass for these.
    private static let ours: Set = ["time", "level", "message", "from"]

    package static func bytes(
        at time: Instant, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(UInt8(ascii: "{"))
        append("time", time.rfc3339, to: &line)
        append("level", level.rawValue, to: &line)
        append("message", message, to: &line)
        append("from", label, to: &line)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            append(ours.contains(key) ? "metadata.\(key)" : key, value.description, to: &line)
        }
        line.append(UInt8(ascii: "}"))
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func append(_ key: String, _ value: String, to line: inout [UInt8]) {
        if line.count > 1 { line.append(UInt8(ascii: ",")) }
        append(key, to: &line)
        line.append(UInt8(ascii: ":"))
        append(value, to: &line)
    }
    private static func append(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < valueLimit else {
                line.append(contentsOf: "…".utf8)
                break
            }
            count += 1
            switch scalar {
            case "\"", "\\":
                line.append(UInt8(ascii: "\\"))
                line.append(contentsOf: String(scalar).utf8)
            default:
                if isShown(scalar) {
                    line.append(contentsOf: String(scalar).utf8)
                } else {
                    for unit in String(scalar).utf16 { escape(unit, to: &line) }
                }
            }
        }
        line.append(UInt8(ascii: "\""))
    }
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
    private static func escape(_ unit: UInt16, to line: inout [UInt8]) {
        let digits = String(unit, radix: 16)
        line.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
    }
}
