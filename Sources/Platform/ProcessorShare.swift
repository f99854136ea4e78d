import Glibc

/// How many processors the process may keep busy. In a container the machine's are visible, while the quota of its
/// cgroup decides: more threads than that are stopped for the rest of each period, all at once.
package enum ProcessorShare {
    /// Rounded up, at least 1; read once, since threads are made at the start.
    package static let count = count(
        visible: sysconf(Int32(_SC_NPROCESSORS_ONLN)), group: ControlGroup.ofProcess(), read: ControlGroup.text)

    /// What the quotas on the way from the process's cgroup to the root leave of the visible processors.
    ///
    /// - Parameters:
    ///   - group: `/proc/self/cgroup`; the line of version 2 begins with `0::`.
    ///   - read: a file's text, nil when there is no such file.
    static func count(visible: Int, group: String, read: (String) -> String?) -> Int {
        var quotas = [ofVersion1(read)].compactMap(\.self)
        for folder in ControlGroup.folders(group) {
            if let text = read("\(folder)/cpu.max"), let quota = ofVersion2(text) { quotas.append(quota) }
        }
        return max(1, quotas.reduce(visible, min))
    }

    /// `150000 100000` is one and a half, so 2; `max 100000` is no quota. Kernel: admin-guide/cgroup-v2, cpu.max.
    private static func ofVersion2(_ text: String) -> Int? {
        let words = text.split { $0 == " " || $0 == "\n" }
        guard words.count == 2 else { return nil }
        return share(Int(words[0]), of: Int(words[1]))
    }

    /// Kernel: scheduler/sched-bwc; a quota of -1 is none.
    private static func ofVersion1(_ read: (String) -> String?) -> Int? {
        func number(_ name: String) -> Int? {
            read("/sys/fs/cgroup/cpu/cpu.cfs_\(name)_us")?.split(separator: "\n").first.flatMap { Int($0) }
        }
        return share(number("quota"), of: number("period"))
    }

    private static func share(_ quota: Int?, of period: Int?) -> Int? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return quota / period + (quota % period == 0 ? 0 : 1)
    }
}
