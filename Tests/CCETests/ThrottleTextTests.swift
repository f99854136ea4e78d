import Testing

@testable import CCE

@Suite struct ThrottleTextTests {
    private static let start = "The throttling threshold has been reached: policy user over ratelimit,"

    @Test(arguments: [
        ("limit:10,time:1 minute", 10, 60), ("limit:200,time:1 second", 200, 1), ("LIMIT:5,TIME:2 Minutes", 5, 120),
        ("limit:1000,time:1 hour", 1000, 3600), ("limit:1,time:1 day", 1, 86_400), ("limit:3,time:10s", 3, 10),
    ])
    func `a limit and its window are read`(text: String, calls: Int, seconds: Int) {
        #expect(ThrottleText.quota(in: Self.start + text) == CallQuota(calls: calls, window: .seconds(seconds)))
    }

    @Test(arguments: [
        "", "Too many requests, please try again later.", "limit:10", "time:1 minute", "limit:0,time:1 minute",
        "limit:-5,time:1 minute", "limit:10,time:0 minute", "limit:10,time:1 fortnight", "limit:10,time:1",
        "limit:99999999999999999999,time:1 minute", "limit:10,time:99999999999999999999 second",
        "limit:ten,time:1 minute",
        "limit:10,time:2 days", "limit:10,time:9223372036854775807 hours", "limit:2000000,time:1 second",
    ])
    func `what is none is not`(text: String) {
        #expect(ThrottleText.quota(in: Self.start + text) == nil)
    }
}
