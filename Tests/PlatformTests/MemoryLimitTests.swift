import Testing

@testable import Platform

@Suite struct MemoryLimitTests {
    @Test(arguments: [
        ("max\n", nil), ("536870912\n", 536_870_912), ("", nil), ("lots\n", nil), ("0\n", nil), ("-1\n", nil),
        ("9223372036854771712\n", nil),
    ])
    func `a limit is a number of bytes`(text: String, bytes: Int?) {
        #expect(MemoryLimit.least(group: "0::/\n") { $0 == "/sys/fs/cgroup/memory.max" ? text : nil } == bytes)
    }
    @Test func `the least on the way to the root counts, of either version`() {
        let files = [
            "/sys/fs/cgroup/kubepods/pod1/c1/memory.max": "max", "/sys/fs/cgroup/kubepods/pod1/memory.max": "300",
            "/sys/fs/cgroup/kubepods/memory.max": "700",
        ]
        #expect(MemoryLimit.least(group: "1:name=systemd:/x\n0::/kubepods/pod1/c1\n") { files[$0] } == 300)
        #expect(MemoryLimit.least(group: "0::/kubepods\n") { files[$0] } == 700)
        let old = ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n"]
        #expect(MemoryLimit.least(group: "4:memory:/\n") { old[$0] } == 1000)
    }
}
