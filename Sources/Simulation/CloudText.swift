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
}
