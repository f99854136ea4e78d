/// Walks ASCII text of a fixed form.
struct DigitScanner<Text: Collection<UInt8>> {
    private var rest: Text.SubSequence

    init(_ text: Text) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
            rest.removeFirst()
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// Takes the first of `words` that comes next; its index.
    mutating func word(of words: [StaticString]) -> Int? {
        for (index, word) in words.enumerated() {
            // Byte by byte as it is: a `String` made of each word would cost more than all the rest.
            guard word.withUTF8Buffer({ rest.starts(with: $0) }) else { continue }
            rest = rest.dropFirst(word.utf8CodeUnitCount)
            return index
        }
        return nil
    }

    /// `08:49:37`, in seconds; second 60 is the next minute's second 0.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, take(":"),
            let minute = number(digits: 2), minute < 60, take(":"),
            let second = number(digits: 2), second <= 60
        else { return nil }
        return Int64(hour * 3600 + minute * 60 + second)
    }

    mutating func dateAndTime() -> (seconds: Int64, nanoseconds: Int32)? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2), take("T") || take("t") || take(" "),
            let time = timeOfDay(),
            let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        var nanoseconds: Int32 = 0
        if take(".") {
            var scale: Int32 = 100_000_000
            guard let first = number(digits: 1) else { return nil }
            nanoseconds = Int32(first) * scale
            while let digit = number(digits: 1) {
                scale /= 10
                nanoseconds += Int32(digit) * scale
            }
        }
        return (date.dayNumber * 86_400 + time, nanoseconds)
    }

    /// Seconds east of Greenwich: `Z`, `+08:00` or `+0800`.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isNegative = take("-")
        guard isNegative || take("+"), let hours = number(digits: 2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = number(digits: 2), minutes < 60 else { return nil }
        let seconds = Int64(hours * 3600 + minutes * 60)
        return isNegative ? -seconds : seconds
    }
}
