import Timing

enum RetryAfter {
    static let longest = Duration.seconds(3600)

    /// Reads `Retry-After` (RFC 9110 §10.2.3): whole seconds or a date. Nil for anything else; at most one hour.
    ///
    /// - Parameter now: the cloud's own time where it is known, else ours.
    static func read(_ value: String?, now: Instant) -> Duration? {
        guard let value else { return nil }
        let text = value.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        if !text.isEmpty, text.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than fit are more than an hour.
            return Int64(String(decoding: text, as: UTF8.self)).map { min(.seconds($0), longest) } ?? longest
        }
        guard let date = Instant(httpDate: value, now: now) else { return nil }
        return min(max(date - now, .zero), longest)
    }
}
