import Inbound
import Settings
import Testing

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080", true), ("127.9.9.9:1", "127.9.9.9:1", true),
        ("0.0.0.0:80", "0.0.0.0:80", false), ("10.1.2.3:65535", "10.1.2.3:65535", false),
        ("localhost:9090", "127.0.0.1:9090", true), ("[::1]:8080", "[::1]:8080", true),
        ("[::]:8080", "[::]:8080", false), ("[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", true),
        ("[2001:DB8:0::1]:80", "[2001:db8::1]:80", false), ("127.0.0.1:0", "127.0.0.1:0", true),
    ])
    func `an address is a literal and a port`(text: String, canonical: String, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(parsing: text))
        #expect(address.description == canonical)
        #expect(address.isLoopback == isLoopback)
    }
    @Test(arguments: [
        "", ":", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "127.0.0.1: 80", "127.0.0.1:000080", "127.1:80", "256.0.0.1:80", "::1:80", "[::1]", "[::1]80", "[::1:80",
        "[fe80::1%lo]:80", "example.com:80", "[127.0.0.1]:80", "127.0.0.1\0:80", "*:80",
    ])
    func `a name or half an address is not taken`(text: String) {
        #expect(ListenAddress(parsing: text) == nil)
    }
    @Test func `an empty section gives the defaults`() {
        let config = ServerConfig(reading: Section(path: "server"))
        #expect(config.listen.description == "127.0.0.1:8080")
        #expect(config.adminListen.description == "127.0.0.1:9090")
        #expect(config.listen.isLoopback && config.adminListen.isLoopback)
        #expect(config.maxConnections == 4096)
        #expect(config.requestTimeout == .seconds(30) && config.headerTimeout == .seconds(10))
    }
}
