/// Lines of cells (RFC 4180), safe to open in a spreadsheet.
enum CSV {
    /// Appends one line, ended by CRLF.
    ///
    /// Text that a spreadsheet would run (it begins with `=`, `+`, `-`, `@`, tab or CR) gets an apostrophe in front, and
    /// so does text that begins with an apostrophe: whoever takes one off the front of every cell that has one has the
    /// text back. Numbers and truth values are not text and stay as they are. A null is an empty cell, empty text is
    /// `""`. Control characters but tab, LF and CR are shown by their pictures, since they would break readers and
    /// command terminals.
    static func append(line cells: [RowCells.Cell], to bytes: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .null: break
            case .literal(let text): bytes.append(contentsOf: text.utf8)
            case .text(let text), .json(let text): append(text: text, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(text: String, to bytes: inout [UInt8]) {
        let text = VisibleText.showingControls(text, keepingLines: true)
        let isDefused = text.utf8.first.map(startsFormula) ?? false
        guard
            text.isEmpty || text.utf8.contains(where: needsQuotes) || text.utf8.first == 0x20 || text.utf8.last == 0x20
        else {
            if isDefused { bytes.append(UInt8(ascii: "'")) }
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        if isDefused { bytes.append(UInt8(ascii: "'")) }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func startsFormula(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "'"): true
        case UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
        default: false
        }
    }
    /// Semicolon and tab too: some take them for the separator.
    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
        case UInt8(ascii: ";"), UInt8(ascii: "\t"): true
        default: false
        }
    }
}
