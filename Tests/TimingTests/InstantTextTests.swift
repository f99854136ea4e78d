import Foundation
import Testing
import Timing

@Suite struct InstantTextTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2023-11-14T20:30:57+08:00", 1_699_965_057, 0),
            ("2023-11-14T20:30:57+0800", 1_699_965_057, 0), ("2023-11-14t12:30:57z", 1_699_965_057, 0),
            ("2023-11-14 12:30:57Z", 1_699_965_057, 0), ("2019-02-13T06:52:13.855000Z", 1_550_040_733, 855_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400, 0), ("2024-02-29T23:59:59-00:00", 1_709_251_199, 0),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
            ("2023-01-01T00:00:00.1234567899999Z", 1_672_531_200, 123_456_789),
            ("1969-12-31T23:59:59.5Z", -1, 500_000_000), ("2023-01-01T00:00:00-23:59", 1_672_617_540, 0),
        ] as [(String, Int64, Int32)])
    func `RFC 3339 is read`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Instant(rfc3339: text) == Instant(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "2023", "2023-11-14", "2023-11-14T20:30:57", "2023-11-14T20:30Z", "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z",
        "2023-04-31T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2023-01-01T00:00:61Z",
        "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00+24:00", "2023-01-01T00:00:00+08", "2023-01-01T00:00:00+08:60",
        "2023-01-01T00:00:00ZZ", " 2023-01-01T00:00:00Z", "2023-1-1T00:00:00Z", "+2023-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２023-01-01T00:00:00Z",
    ])
    func `what is no time gives nothing`(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test func `a time without offset is UTC only where that is allowed`() {
        #expect(Instant(rfc3339: "2023-11-14T12:30:57") == nil)
        #expect(Instant(rfc3339: "2023-11-14T12:30:57", offsetRequired: false) == Instant(seconds: 1_699_965_057))
    }

    @Test(
        arguments: [
            ("2018-08-02 03:48:58.968214406 +0000 UTC", 1_533_181_738, 968_214_406),
            ("2018-08-02 03:48:58 +0000 UTC", 1_533_181_738, 0), ("2018-08-02 11:48:58 +0800 CST", 1_533_181_738, 0),
            ("2018-08-02 03:48:58.5 +0000", 1_533_181_738, 500_000_000),
            ("0001-01-01 00:00:00 +0000 UTC", -62_135_596_800, 0),
        ] as [(String, Int64, Int32)])
    func `Go's default text is read`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Instant(goText: text) == Instant(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: ["", "2018-08-02 03:48:58", "2018-08-02 03:48:58 UTC", "2018-08-02 03:48:58 +0000UTC"])
    func `a Go text without its offset is none`(text: String) { #expect(Instant(goText: text) == nil) }

    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z", "19700101T000000Z"),
            (-1, 500_000_000, "1969-12-31T23:59:59.5Z", "19691231T235959Z"),
            (1_699_965_057, 1, "2023-11-14T12:30:57.000000001Z", "20231114T123057Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z", "00010101T000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59Z", "99991231T235959Z"),
        ] as [(Int64, Int32, String, String)])
    func `times are printed in UTC`(seconds: Int64, nanoseconds: Int32, rfc3339: String, basic: String) {
        let instant = Instant(seconds: seconds, nanoseconds: nanoseconds)
        #expect(instant.rfc3339 == rfc3339)
        #expect(instant.basicFormat == basic)
        #expect(instant.description == rfc3339)
    }

    @Test func `what no calendar can print stops at the ends`() {
        #expect(Instant(seconds: .max, nanoseconds: .max).rfc3339 == "9999-12-31T23:59:59.999999999Z")
        #expect(Instant(seconds: .min, nanoseconds: .min).rfc3339 == "0001-01-01T00:00:00Z")
        #expect(Instant(seconds: 0) + .seconds(Int64.max) == Instant(seconds: .max))
        #expect(Instant(seconds: 0) - .seconds(Int64.max) == Instant(seconds: .min))
        #expect(Instant(seconds: .max) - Instant(seconds: .min) == .seconds(315_537_897_599))
    }

    @Test func `texts agree with Foundation's over ten thousand years`() throws {
        let formatter = ISO8601DateFormatter()
        formatter.timeZone = TimeZone(identifier: "UTC")
        var seed: UInt64 = 7
        for _ in 0..<5000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // From 1600 on: Foundation's calendar is Julian before 1582.
            let seconds = Int64(seed >> 11) % 265_000_000_000 - 11_676_096_000
            let clamped = min(seconds, 253_402_300_799)
            let text = Instant(seconds: clamped).rfc3339
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: TimeInterval(clamped))))
            #expect(Instant(rfc3339: text) == Instant(seconds: clamped))
            let withFraction = Instant(seconds: clamped, nanoseconds: Int32(seed % 1_000_000_000))
            #expect(Instant(rfc3339: withFraction.rfc3339) == withFraction)
        }
    }

    @Test func `every day of the calendar has its own number`() throws {
        var number = try #require(CalendarDate(year: 1, month: 1, day: 1)).dayNumber
        for year in 1...2500 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = CalendarDate(year: year, month: month, day: day) else { continue }
                    guard date.dayNumber == number, CalendarDate(dayNumber: number) == date else {
                        Issue.record("\(year)-\(month)-\(day) has number \(date.dayNumber), not \(number)")
                        return
                    }
                    number += 1
                }
            }
        }
    }

    @Test func `mutated texts never trap`() {
        let texts = [
            "2023-11-14T20:30:57.123+08:00", "Sun, 06 Nov 1994 08:49:37 GMT", "2018-08-02 03:48:58.9 +0000 UTC",
        ]
        var seed: UInt64 = 3
        for index in 0..<30_000 {
            var bytes = Array(texts[index % 3].utf8)
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let found = [
                Instant(rfc3339: text, offsetRequired: false), Instant(goText: text),
                Instant(httpDate: text, now: Instant(seconds: 0)),
            ]
            for instant in found.compactMap({ $0 }) { #expect(Instant(rfc3339: instant.rfc3339) == instant) }
        }
    }
}
