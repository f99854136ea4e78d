/// The field in which an answer says how long it took to make (W3C Server Timing).
enum ServerTiming {
    static let field = "Server-Timing"

    /// `app;dur=12.345`: milliseconds from the whole head of the request. Up to ten seconds it fits into fifteen bytes,
    /// which a `String` holds without allocating.
    static func value(_ duration: Duration) -> String {
        let microseconds = max(0, Int(clamping: Int64(duration / .microseconds(1))))
        let (whole, thousandths) = microseconds.quotientAndRemainder(dividingBy: 1000)
        var text = "app;dur=\(whole)."
        if thousandths < 100 { text += "0" }
        if thousandths < 10 { text += "0" }
        text += String(thousandths)
        return text
    }
}
