import Settings
import Testing

@Suite struct TextFormTests {
    @Test(arguments: [
        ("0", 0), ("512", 512), ("1B", 1), ("64KiB", 65_536), ("32MiB", 33_554_432), ("1GiB", 1_073_741_824),
        ("1TiB", 1_099_511_627_776), ("10MB", 10_000_000), ("2kB", 2000), ("9223372036854775807", Int.max),
    ])
    func `a size is digits and a unit`(text: String, count: Int) { #expect(ByteCount.bytes(of: text) == count) }

    @Test(arguments: [
        "", "KiB", "-1", "+1", "1.5GiB", "1 KiB", "1Ki", "1kib", "0x10", "1_000", "9223372036854775808", "9999999TiB",
        "٣",
    ])
    func `nothing else is a size`(text: String) { #expect(ByteCount.bytes(of: text) == nil) }

    @Test(arguments: [(0, "0"), (1, "1"), (1024, "1KiB"), (1536, "1536"), (3 << 20, "3MiB"), (1000, "1000")])
    func `a size is shown in the largest unit that fits`(count: Int, text: String) {
        #expect(ByteCount.text(count) == text)
        #expect(ByteCount.bytes(of: text) == count)
    }

    @Test(arguments: [
        ("clusters", "clsters", true), ("clusters", "clusetrs", true), ("clusters", "cluster", true),
        ("clusters", "regions", false), ("id", "is", true), ("id", "xy", false), ("id", "", false),
    ])
    func `the nearest name is one that few changes lead to`(known: String, name: String, isNear: Bool) {
        #expect(NearestName.of(name, among: [known]) == (isNear ? known : nil))
    }

    @Test func `of several names the nearest is told`() {
        #expect(NearestName.of("retrys", among: ["timeout", "retryAt", "retries", "retry"]) == "retry")
    }
}
