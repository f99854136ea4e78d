import Glibc

/// The control group that the process runs in, whose limits are the container's.
enum ControlGroup {
    static func ofProcess() -> String { text(of: "/proc/self/cgroup") ?? "" }

    /// The folders of version 2 from the process's group to the root, each of which may hold a limit.
    ///
    /// - Parameter group: `/proc/self/cgroup`; the line of version 2 begins with `0::`.
    static func folders(_ group: String) -> [String] {
        let line = group.split(separator: "\n").first { $0.hasPrefix("0::/") }
        var path = line?.dropFirst("0::".count) ?? "/"
        var folders: [String] = []
        while true {
            folders.append("/sys/fs/cgroup" + (path == "/" ? "" : String(path)))
            guard let slash = path.lastIndex(of: "/"), path.count > 1 else { return folders }
            path = slash == path.startIndex ? "/" : path[..<slash]
        }
    }

    /// The first page of it; these files hold a line or a few.
    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
