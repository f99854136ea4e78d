import Testing
import Timing

@Suite struct HTTPDateTests {
    let now = Instant(seconds: 1_790_000_000)  // 2026

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Wed Nov 16 08:49:37 1994", 784_975_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000), ("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ] as [(String, Int64)])
    func `all three forms are read`(text: String, seconds: Int64) {
        #expect(Instant(httpDate: text, now: now) == Instant(seconds: seconds))
    }

    @Test(arguments: [
        ("Sunday, 06-Nov-76 08:49:37 GMT", "2076-11-06T08:49:37Z"),
        ("Sunday, 06-Nov-77 08:49:37 GMT", "1977-11-06T08:49:37Z"),
        ("Sunday, 06-Nov-26 08:49:37 GMT", "2026-11-06T08:49:37Z"),
    ])
    func `a year of two digits is at most fifty years ahead`(text: String, expected: String) {
        #expect(Instant(httpDate: text, now: now)?.rfc3339 == expected)
    }

    @Test(arguments: [
        "", "Sun", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nvo 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "120",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
    ])
    func `anything else is none`(text: String) { #expect(Instant(httpDate: text, now: now) == nil) }

    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
            (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 GMT"),
        ] as [(Int64, String)])
    func `dates are printed as RFC 9110 asks`(seconds: Int64, expected: String) {
        #expect(Instant(seconds: seconds, nanoseconds: 999_999_999).httpDate == expected)
        #expect(Instant(httpDate: expected, now: now) == Instant(seconds: seconds))
    }
}
