import CPlatform
import Glibc

/// Wakes one thread of ours that waits. Rings are counted: one that comes before the wait ends it at once.
final class Doorbell: Sendable {
    private let descriptor: Int32

    /// Nil when the process has no file descriptor left.
    init?() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { return nil }
    }
    deinit { close(descriptor) }

    /// From any thread; never blocks.
    func ring() { eventfd_write(descriptor, 1) }

    /// Returns at a ring or after `timeout`; nil waits for ever. Blocks the thread.
    func wait(timeout: Duration? = nil) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, timeout.map { $0.pollMilliseconds } ?? -1)
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }
}

extension Duration {
    /// Rounded up, so that a wait is not over before its time.
    var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, overflowToo) = product.addingReportingOverflow(
            (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        return overflow || overflowToo ? .max : Int32(clamping: sum)
    }
}
