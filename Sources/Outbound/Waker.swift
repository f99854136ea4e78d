import CCurl
import Glibc
import Locking

/// Wakes the curl thread out of `epoll_wait`. The only thing other threads do to it.
final class Waker: Sendable {
    /// An eventfd, for the epoll set alone.
    let descriptor: Int32
    private let isPending = Lock(false)

    init() throws(StartFailure) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw StartFailure(doing: "make an event descriptor", errno: errno) }
    }
    deinit { close(descriptor) }

    /// From any thread. Many calls before the thread wakes cost one system call.
    func wake() {
        let isFirst = isPending.withLock { isPending in
            defer { isPending = true }
            return !isPending
        }
        guard isFirst else { return }
        // Cannot fail: the counter is at 0, or 1 from a call that was not yet read.
        eventfd_write(descriptor, 1)
    }
    /// On the curl thread, before it looks for work: what comes later wakes it again.
    func clear() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        isPending.withLock { $0 = false }
    }
}
