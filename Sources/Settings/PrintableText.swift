/// Text from outside made safe to show: it cannot begin a line of its own, move a terminal's cursor or turn the order
/// of what follows.
package enum PrintableText {
    /// Controls, formats, separators of lines and what is no character are written as escapes, `"` and `\` too; what
    /// is beyond `limit` code points is cut, with `…` in its place.
    package static func escaped(_ text: String, limit: Int) -> String {
        var shown = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { return shown + "…" }
            count += 1
            switch scalar {
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case "\t": shown += "\\t"
            case "\"", "\\": shown += "\\\(scalar)"
            default:
                append(scalar, to: &shown)
            }
        }
        return shown
    }

    /// Whole lines of ours, in which quotes have their meaning.
    package static func withoutControls(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars { append(scalar, to: &shown) }
        return shown
    }

    private static func append(_ scalar: Unicode.Scalar, to shown: inout String) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
}
