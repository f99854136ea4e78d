/// How many bytes the process may hold before the system ends it: the least limit of its control groups.
package enum MemoryLimit {
    /// Nil where nothing limits it. Reads some small files; the limit of a container can be changed while it runs.
    package static var current: Int? { least(group: ControlGroup.ofProcess(), read: ControlGroup.text) }

    /// - Parameters:
    ///   - group: `/proc/self/cgroup`.
    ///   - read: a file's text, nil when there is no such file.
    static func least(group: String, read: (String) -> String?) -> Int? {
        // Version 2: `max` is no limit. Version 1: no limit is a number near 2^63 (Kernel: cgroup-v2, memory.max).
        let files = ControlGroup.folders(group).map { "\($0)/memory.max" }
        let texts = (files + ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]).compactMap(read)
        return texts.compactMap { $0.split(separator: "\n").first.flatMap { Int($0) } }
            .filter { $0 > 0 && $0 < 1 << 60 }.min()
    }
}
