private let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
/// From Thursday, the day of the week of 1970-01-01.
private let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
private let longWeekdays: [StaticString] = [
    "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday",
]

extension Instant {
    /// Reads an HTTP date (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT` and the obsolete forms
    /// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. The weekday must be one; that it fits is not
    /// checked.
    ///
    /// - Parameter now: a year of two digits is the one at most 50 years ahead of it.
    package init?(httpDate text: String, now: Instant) {
        // Over an array, for which the scanner is specialized.
        var scanner = DigitScanner(Array(text.utf8))
        let date: CalendarDate?
        let time: Int64
        if scanner.word(of: longWeekdays) != nil {
            guard scanner.take(","), scanner.take(" "), let day = scanner.number(digits: 2), scanner.take("-"),
                let month = scanner.word(of: months), scanner.take("-"), let year = scanner.number(digits: 2),
                scanner.take(" "), let found = scanner.timeOfDay(), scanner.word(of: [" GMT"]) != nil
            else { return nil }
            let current = now.civil.date.year
            let thisCentury = current - current % 100 + year
            let candidate = thisCentury > current + 50 ? thisCentury - 100 : thisCentury
            date = CalendarDate(year: candidate, month: month + 1, day: day)
            time = found
        } else if scanner.word(of: weekdays) != nil {
            if scanner.take(",") {
                guard scanner.take(" "), let day = scanner.number(digits: 2), scanner.take(" "),
                    let month = scanner.word(of: months), scanner.take(" "), let year = scanner.number(digits: 4),
                    scanner.take(" "), let found = scanner.timeOfDay(), scanner.word(of: [" GMT"]) != nil
                else { return nil }
                date = CalendarDate(year: year, month: month + 1, day: day)
                time = found
            } else {
                guard scanner.take(" "), let month = scanner.word(of: months), scanner.take(" "),
                    let day = scanner.number(digits: scanner.take(" ") ? 1 : 2), scanner.take(" "),
                    let found = scanner.timeOfDay(), scanner.take(" "), let year = scanner.number(digits: 4)
                else { return nil }
                date = CalendarDate(year: year, month: month + 1, day: day)
                time = found
            }
        } else {
            return nil
        }
        guard let date, scanner.isAtEnd else { return nil }
        self.init(exactly: date.dayNumber * 86_400 + time, nanoseconds: 0)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that RFC 9110 §5.6.7 asks senders for; a fraction is cut off.
    package var httpDate: String {
        let fields = civil
        var text: [UInt8] = []
        text.reserveCapacity(29)
        let weekday = Int(((fields.date.dayNumber % 7) + 7) % 7)
        text.append(contentsOf: weekdays[weekday].description.utf8)
        text.append(contentsOf: ", ".utf8)
        text.append(decimal: fields.date.day, digits: 2)
        text.append(UInt8(ascii: " "))
        text.append(contentsOf: months[fields.date.month - 1].description.utf8)
        text.append(UInt8(ascii: " "))
        text.append(decimal: fields.date.year, digits: 4)
        text.append(UInt8(ascii: " "))
        text.append(decimal: fields.second / 3600, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: fields.second / 60 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: fields.second % 60, digits: 2)
        text.append(contentsOf: " GMT".utf8)
        return String(decoding: text, as: UTF8.self)
    }
}
