import Testing
import Timing

@Suite struct DurationTextTests {
    @Test(
        arguments: [
            ("0", .zero), ("0s", .zero), ("500ms", .milliseconds(500)), ("10s", .seconds(10)), ("5m", .seconds(300)),
            ("24h", .seconds(86_400)), ("7d", .seconds(604_800)), ("2w", .seconds(1_209_600)), ("007s", .seconds(7)),
            ("999999999999w", .seconds(999_999_999_999 * 604_800)),
        ] as [(String, Duration)])
    func `one number and one unit is a duration`(text: String, expected: Duration) {
        #expect(Duration(text: text) == expected)
    }

    @Test(arguments: [
        "", "s", "5", "-5s", "+5s", "1.5h", "1h30m", "5 m", " 5m", "5m ", "5M", "5min", "5y", "1000000000000000s",
        "999999999999999w", "٣s",
        "0x1s",
        "5ms5", "ms",
    ])
    func `anything else is none`(text: String) { #expect(Duration(text: text) == nil) }

    @Test(
        arguments: [
            (.zero, "0s"), (.milliseconds(1500), "1500ms"), (.seconds(90), "90s"), (.seconds(3600), "1h"),
            (.seconds(5400), "90m"), (.seconds(604_800), "7d"), (.seconds(86_400), "1d"), (.seconds(-60), "-1m"),
            (.milliseconds(-1), "-1ms"), (.nanoseconds(10), "0s"), (.seconds(1) + .nanoseconds(1), "1s"),
        ] as [(Duration, String)])
    func `the text is in the longest unit up to a day`(duration: Duration, expected: String) {
        #expect(duration.text == expected)
    }

    @Test func `the extremes have a text`() {
        #expect(Duration.seconds(Int64.max).text == "9223372036854775807s")
        #expect((Duration.seconds(Int64.min) - .milliseconds(1)).text.hasPrefix("-"))
    }

    @Test func `every text is read back as the same duration`() {
        var seed: UInt64 = 1
        for _ in 0..<10_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let duration = Duration.milliseconds(Int64(seed >> (24 + seed % 40)))
            #expect(Duration(text: duration.text) == duration)
        }
    }
}
