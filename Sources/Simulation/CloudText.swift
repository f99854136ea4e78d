import Timing

/// The forms in which the cloud writes times.
enum CloudText {
    /// `2023-11-14T20:30:57+08:00`: whole seconds at Beijing's offset, as releases have them.
    static func releaseTime(_ instant: Instant) -> String {
        var text = Instant(seconds: (instant + .seconds(8 * 3600)).seconds).rfc3339
        text.removeLast()
        return text + "+08:00"
    }
    /// `2018-08-02 03:48:58.968214406 +0000 UTC`: Go's own text, as clusters have them.
    static func clusterTime(_ instant: Instant) -> String {
        var text = instant.rfc3339
        text.removeLast()
        return text.split(separator: "T").joined(separator: " ") + " +0000 UTC"
    }
    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    static func date(_ instant: Instant) -> String {
        let text = Array(Instant(seconds: instant.seconds).rfc3339.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let second = ((instant.seconds % 86_400) + 86_400) % 86_400
        let day = (instant.seconds - second) / 86_400
        let weekday = Int(((day + 4) % 7 + 7) % 7)  // day 0 was a Thursday
        let month = months[((Int(part(5..<7)) ?? 1) - 1) % 12]
        return "\(weekdays[weekday]), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) GMT"
    }
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
