import Glibc

/// Tells one version of a file from the next without reading it. Symbolic links are followed: Kubernetes changes a
/// mounted secret by turning the link `..data` to a new directory.
package struct FileStamp: Sendable, Hashable {
    private let device: UInt
    private let node: UInt
    private let size: Int
    private let modified: [Int]
    private let changed: [Int]

    /// Nil when there is no such file, or no right to look. Blocks, on a file system that is slow.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        node = UInt(status.st_ino)
        size = status.st_size
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        // Also moved by a `rename` onto it, and by `touch -d` to an old time.
        changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
}
