/// How many calls the cloud lets through in how long, as it says when it refuses one.
package struct CallQuota: Sendable, Equatable {
    package let calls: Int
    package let window: Duration
    package init(calls: Int, window: Duration) {
        self.calls = calls
        self.window = window
    }
    package var callsPerSecond: Double { Double(calls) / (window / .seconds(1)) }
}

enum ThrottleText {
    /// Larger numbers are no quotas.
    private static let mostCalls = 1_000_000
    private static let longestWindow = Duration.seconds(86_400)

    /// Reads `… policy user over ratelimit,limit:10,time:1 minute` (cce-api §7.3). Nil for anything else.
    static func quota(in message: String) -> CallQuota? {
        // Nothing that long is said about a limit.
        let text = Array(message.utf8.prefix(1024)).map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }[...]
        guard let (calls, afterCalls) = number(after: "limit:", in: text), (1...mostCalls).contains(calls),
            let (count, afterCount) = number(after: "time:", in: afterCalls), count > 0,
            let unit = unit(of: afterCount)
        else { return nil }
        let (window, isTooLong) = unit.multipliedReportingOverflow(by: count)
        guard !isTooLong, .seconds(window) <= longestWindow else { return nil }
        return CallQuota(calls: calls, window: .seconds(window))
    }

    /// The digits right behind `name`, and what follows them.
    private static func number(
        after name: String, in text: ArraySlice<UInt8>
    ) -> (value: Int, rest: ArraySlice<UInt8>)? {
        let name = Array(name.utf8)
        guard text.count > name.count,
            let start = text.indices.dropLast(name.count).first(where: { text[$0...].starts(with: name) })
        else { return nil }
        let behind = text[(start + name.count)...]
        let digits = behind.prefix { (0x30...0x39).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)).map { ($0, behind.dropFirst(digits.count)) }
    }
    private static func unit(of text: ArraySlice<UInt8>) -> Int? {
        let word = text.drop { $0 == 0x20 }.prefix { (0x61...0x7A).contains($0) }
        switch String(decoding: word, as: UTF8.self) {
        case "s", "second", "seconds": return 1
        case "minute", "minutes": return 60
        case "hour", "hours": return 3600
        case "day", "days": return 86_400
        default: return nil
        }
    }
}
