/// The field in which an answer says how long it took to make (W3C Server Timing).
enum ServerTiming {
    static let field = "Server-Timing"

    /// `app;dur=12.345`: milliseconds from the whole head of the request; beyond 100 s that. Written by hand, since every
    /// answer has it: one small array, and up to ten seconds a text that a `String` holds in place.
    static func value(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var left = seconds >= 100 ? 99_999_999 : max(0, Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
        // From the last digit to the first: at least one stands before the point.
        var digits: [UInt8] = []
        digits.reserveCapacity(15)
        while left > 0 || digits.count < 5 {
            if digits.count == 3 { digits.append(UInt8(ascii: ".")) }
            digits.append(0x30 + UInt8(truncatingIfNeeded: left % 10))
            left /= 10
        }
        digits.append(contentsOf: "=rud;ppa".utf8)
        digits.reverse()
        return String(decoding: digits, as: UTF8.self)
    }
}
