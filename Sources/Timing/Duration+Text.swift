/// The units of durations in the configuration and in queries, longest first; `ms` is the only shorter one.
private let units: [(name: StaticString, seconds: Int64)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
]

extension Duration {
    /// Reads one whole number, at most 15 digits, and its unit: `500ms`, `10s`, `5m`, `24h`, `7d`, `2w`; a bare `0`.
    ///
    /// One number and one unit, so that there is one way to write it: no sign, no fraction, no blank, no `1h30m`.
    package init?(text: some StringProtocol) {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard (1...15).contains(digits.count) else { return nil }
        let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        let name = text.utf8.dropFirst(digits.count)
        if name.isEmpty && number == 0 {
            self = .zero
        } else if name.elementsEqual("ms".utf8) {
            self = .milliseconds(number)
        } else if let unit = units.first(where: { name.elementsEqual($0.name.description.utf8) }) {
            let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
            if overflow { return nil }
            self = .seconds(seconds)
        } else {
            return nil
        }
    }

    /// The text that `init(text:)` reads back, in the longest unit up to a day: `90s`, `1h` for 60 minutes, `0s`.
    ///
    /// Equal durations give equal texts. What is below a millisecond is cut off; a negative duration starts with `-`.
    package var text: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        let sign = seconds < 0 || milliseconds < 0 ? "-" : ""
        if milliseconds != 0 {
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            let (sum, overflowToo) = product.addingReportingOverflow(milliseconds)
            if !overflow && !overflowToo { return "\(sign)\(sum.magnitude)ms" }
        }
        if seconds == 0 { return "0s" }
        // Weeks are not written: `7d` and `14d` read more easily beside `1d`.
        let unit = units.dropFirst().first { seconds % $0.seconds == 0 } ?? ("s", 1)
        return "\(sign)\(seconds.magnitude / UInt64(unit.seconds))\(unit.name)"
    }
}
