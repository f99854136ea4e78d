/// Text made fit for eyes: nothing in it moves a cursor, turns the reading order or hides.
enum VisibleText {
    /// Control characters as their pictures (U+2400…), those above U+007F as `<U+0085>`.
    ///
    /// - Parameter keepingLines: tab, LF and CR are left as they are.
    static func showingControls(_ text: String, keepingLines: Bool) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0, keepingLines: keepingLines) }) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar, keepingLines: keepingLines) {
                append(picture: scalar, to: &shown)
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// One line, and how many columns of a terminal it takes: also what turns the reading order, has no width or breaks
    /// lines is shown by its number.
    static func line(_ text: String) -> (text: String, width: Int) {
        var shown = ""
        var width = 0
        for scalar in text.unicodeScalars {
            if isControl(scalar, keepingLines: false) || isInvisible(scalar) {
                let before = shown.utf8.count
                append(picture: scalar, to: &shown)
                width += scalar.value < 0x80 ? 1 : shown.utf8.count - before
            } else {
                shown.unicodeScalars.append(scalar)
                width += TerminalWidth.of(scalar)
            }
        }
        return (shown, width)
    }

    // MARK: -

    private static func isControl(_ scalar: Unicode.Scalar, keepingLines: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: !keepingLines
        case 0..<0x20, 0x7F..<0xA0: true
        default: false
        }
    }
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }
    private static func append(picture scalar: Unicode.Scalar, to text: inout String) {
        switch scalar.value {
        case 0..<0x20: text.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
        case 0x7F: text.unicodeScalars.append("\u{2421}")
        default:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            text += "<U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + ">"
        }
    }
}

/// How many columns a character takes in a terminal.
enum TerminalWidth {
    /// 0 for what stands on the character before it, 2 for what East Asian Width (UAX #11) calls wide, else 1.
    static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Rounded to blocks: what is unassigned in them is shown by its number anyway.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615,
        0x2648...0x2653, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x2705...0x2705, 0x270A...0x270B,
        0x2753...0x2755, 0x2795...0x2797, 0x2B1B...0x2B1C, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
        0x1F7E0...0x1F7EB, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
