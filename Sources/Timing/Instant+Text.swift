extension Instant {
    /// Reads RFC 3339 §5.6: `2023-11-14T20:30:57+08:00`, `…57.123456789Z`; `t`, `z` and a blank for `T` are taken too.
    ///
    /// Digits past the ninth of the fraction are cut off. Second 60 is read as the next minute's second 0. Without an
    /// offset the text is UTC when `offsetRequired` is false, else nil is returned. Nil too outside the years 1 to 9999.
    package init?(rfc3339 text: some StringProtocol, offsetRequired: Bool = true) {
        self.init(scanningRFC3339: text.utf8, offsetRequired: offsetRequired)
    }
    /// The same for what almost all callers have: across modules a generic one is not specialized, which takes forty
    /// times as long.
    package init?(rfc3339 text: String, offsetRequired: Bool = true) {
        self.init(scanningRFC3339: Array(text.utf8), offsetRequired: offsetRequired)
    }
    private init?(scanningRFC3339 text: some Collection<UInt8>, offsetRequired: Bool) {
        var scanner = DigitScanner(text)
        guard let local = scanner.dateAndTime() else { return nil }
        let offset: Int64
        if scanner.isAtEnd {
            if offsetRequired { return nil }
            offset = 0
        } else {
            guard let found = scanner.offset(), scanner.isAtEnd else { return nil }
            offset = found
        }
        self.init(exactly: local.seconds - offset, nanoseconds: local.nanoseconds)
    }

    /// Reads Go's default time text: `2018-08-02 03:48:58.968214406 +0000 UTC`. The zone's name is not looked at.
    package init?(goText text: some StringProtocol) { self.init(scanningGoText: text.utf8) }
    package init?(goText text: String) { self.init(scanningGoText: Array(text.utf8)) }
    private init?(scanningGoText text: some Collection<UInt8>) {
        var scanner = DigitScanner(text)
        guard let local = scanner.dateAndTime(), scanner.take(" "), let offset = scanner.offset() else { return nil }
        guard scanner.isAtEnd || scanner.take(" ") else { return nil }
        self.init(exactly: local.seconds - offset, nanoseconds: local.nanoseconds)
    }

    /// RFC 3339 in UTC; the fraction is left out when it is zero, and has no trailing zeros.
    package var rfc3339: String { String(decoding: rfc3339UTF8, as: UTF8.self) }

    package var rfc3339UTF8: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(30)
        let fields = civil
        text.append(decimal: fields.date.year, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: fields.date.month, digits: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: fields.date.day, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: fields.second / 3600, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: fields.second / 60 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: fields.second % 60, digits: 2)
        if nanoseconds > 0 {
            text.append(UInt8(ascii: "."))
            text.append(decimal: Int(nanoseconds), digits: 9)
            while text.last == UInt8(ascii: "0") { text.removeLast() }
        }
        text.append(UInt8(ascii: "Z"))
        return text
    }

    /// `yyyyMMdd'T'HHmmss'Z'`, the form of `X-Sdk-Date`; a fraction is cut off.
    package var basicFormat: String {
        var text: [UInt8] = []
        let fields = civil
        text.append(decimal: fields.date.year, digits: 4)
        text.append(decimal: fields.date.month, digits: 2)
        text.append(decimal: fields.date.day, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: fields.second / 3600, digits: 2)
        text.append(decimal: fields.second / 60 % 60, digits: 2)
        text.append(decimal: fields.second % 60, digits: 2)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    var civil: (date: CalendarDate, second: Int) {
        let second = ((seconds % 86_400) + 86_400) % 86_400
        return (CalendarDate(dayNumber: (seconds - second) / 86_400), Int(second))
    }
}

extension Instant: CustomStringConvertible {
    package var description: String { rfc3339 }
}

extension [UInt8] {
    mutating func append(decimal value: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
