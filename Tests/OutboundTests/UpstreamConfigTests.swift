import Outbound
import Settings
import Testing

@Suite struct UpstreamConfigTests {
    @Test func `an empty section gives the defaults`() {
        let section = Section()
        #expect(UpstreamConfig(reading: section) == UpstreamConfig())
        #expect(section.problems.isEmpty)
        #expect(UpstreamConfig().contradictions(descriptorLimit: 1024).isEmpty)
    }

    @Test func `every key is read`() throws {
        let text = """
            connectTimeout: 1s
            timeout: 2s
            deadline: 4s
            retries: 3
            maxInFlight: 10
            maxInFlightPerHost: 5
            maxCallsPerSecond: 0
            maxResponseBytes: 1MiB
            maxBytesInFlight: 2MiB
            caFile: /dev/null
            proxy: http://proxy.example.com:3128
            """
        let section = try Section(yaml: text.utf8)
        var expected = UpstreamConfig()
        expected.connectTimeout = .seconds(1)
        expected.timeout = .seconds(2)
        expected.deadline = .seconds(4)
        expected.retries = 3
        expected.maxInFlight = 10
        expected.maxInFlightPerHost = 5
        expected.maxCallsPerSecond = 0
        expected.maxResponseBytes = 1 << 20
        expected.maxBytesInFlight = 2 << 20
        expected.caFile = "/dev/null"
        expected.proxy = "http://proxy.example.com:3128"
        #expect(UpstreamConfig(reading: section) == expected)
        #expect(section.problems.isEmpty)
    }

    @Test(arguments: [
        ("connectTimeout: 11s", "connectTimeout"), ("timeout: 16s", "deadline"), ("deadline: 9s", "deadline"),
        ("maxInFlight: 0", "maxInFlight"), ("maxInFlight: 4097", "maxInFlight"), ("retries: 6", "retries"),
        ("maxInFlight: 63", "maxInFlightPerHost"), ("maxBytesInFlight: 31MiB", "maxBytesInFlight"),
        ("maxCallsPerSecond: -1", "maxCallsPerSecond"), ("caFile: /no/such/file", "caFile"),
        ("proxy: socks5://a:1", "proxy"), ("proxy: http://user:pass@a:1", "proxy"), ("proxy: http://a:1/x", "proxy"),
    ])
    func `a value that cannot be has its problem`(text: String, key: String) throws {
        let section = try Section(yaml: text.utf8)
        _ = UpstreamConfig(reading: section)
        #expect(section.problems.map(\.path) == [key])
    }

    @Test func `more in flight than there are descriptors is a problem`() {
        var config = UpstreamConfig()
        config.maxInFlight = 1000
        #expect(config.contradictions(descriptorLimit: 1024).map(\.key) == ["maxInFlight"])
        #expect(config.contradictions(descriptorLimit: 4096).isEmpty)
    }
}
