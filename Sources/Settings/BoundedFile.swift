import Glibc

/// A file that could not be read. Names the file, never its content.
package struct FileUnreadable: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// `No such file or directory`, `is larger than 64KiB`.
    package let detail: String
    package init(path: String, detail: String) {
        self.path = path
        self.detail = detail
    }
    package var description: String { "\(path): \(detail)" }
}

/// Reads whole files up to a bound. Blocks: for start-up and for threads of our own.
package enum BoundedFile {
    package static func read(_ path: String, limit: Int) throws(FileUnreadable) -> [UInt8] {
        var bytes: [UInt8] = []
        try withContent(of: path, limit: limit) { bytes = Array($0) }
        return bytes
    }

    /// Lends the content; its memory is wiped before this returns. What is written while it is read is read again.
    static func withContent(
        of path: String, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(FileUnreadable) {
        for _ in 0..<attempts where try hasRead(path, limit: limit, body) { return }
        throw FileUnreadable(path: path, detail: "changes while it is read")
    }

    private static let attempts = 3

    /// False when the content may be a mixture of two; `body` was not called then.
    private static func hasRead(
        _ path: String, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(FileUnreadable) -> Bool {
        // Not blocking, so that a named pipe in place of a file cannot hold the start for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileUnreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileUnreadable(path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileUnreadable(path: path, detail: "is not a regular file")
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit + 1, alignment: 16)
        defer {
            if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
            buffer.deallocate()
        }
        var count = 0
        while count < buffer.count {
            let received = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            if received < 0 && errno == EINTR { continue }
            guard received >= 0 else { throw FileUnreadable(path: path, errno: errno) }
            if received == 0 { break }
            count += received
        }
        guard count <= limit else {
            throw FileUnreadable(path: path, detail: "is larger than \(ByteCount.text(limit))")
        }
        var after = stat()
        guard fstat(descriptor, &after) == 0 else { throw FileUnreadable(path: path, errno: errno) }
        guard after.st_size == status.st_size, after.st_mtim.tv_sec == status.st_mtim.tv_sec,
            after.st_mtim.tv_nsec == status.st_mtim.tv_nsec, count == status.st_size
        else { return false }
        body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return true
    }
}

extension FileUnreadable {
    fileprivate init(path: String, errno code: Int32) {
        // Safe among threads since glibc 2.32, which keeps a buffer for each.
        self.init(path: path, detail: strerror(code).map { String(cString: $0) } ?? "error \(code)")
    }
}
