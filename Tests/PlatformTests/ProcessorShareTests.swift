import Testing

@testable import Platform

@Suite struct ProcessorShareTests {
    @Test(
        arguments: [
            ("max 100000\n", 8), ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1),
            ("1600000 100000\n", 8), ("", 8), ("100000\n", 8), ("lots 100000\n", 8), ("0 100000\n", 8), ("1 0\n", 8),
            ("-1 100000\n", 8),
        ])
    func `a quota is rounded up, and what is no quota leaves all`(text: String, count: Int) {
        #expect(
            ProcessorShare.count(visible: 8, group: "0::/\n") { $0 == "/sys/fs/cgroup/cpu.max" ? text : nil } == count)
    }

    @Test func `the smallest quota on the way to the root counts`() {
        let files = [
            "/sys/fs/cgroup/kubepods/pod1/c1/cpu.max": "max 100000",
            "/sys/fs/cgroup/kubepods/pod1/cpu.max": "300000 100000",
            "/sys/fs/cgroup/kubepods/cpu.max": "700000 100000",
        ]
        #expect(
            ProcessorShare.count(visible: 64, group: "1:name=systemd:/x\n0::/kubepods/pod1/c1\n") { files[$0] } == 3)
        #expect(ProcessorShare.count(visible: 2, group: "0::/kubepods\n") { files[$0] } == 2)
    }

    @Test func `version 1 is read too, where it holds the quota`() {
        let files = [
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ]
        #expect(ProcessorShare.count(visible: 64, group: "4:cpu:/\n") { files[$0] } == 3)
        let none = files.merging(["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"]) { $1 }
        #expect(ProcessorShare.count(visible: 64, group: "4:cpu:/\n") { none[$0] } == 64)
    }

    @Test func `this process has at least one`() {
        #expect(ProcessorShare.count >= 1)
    }
}
