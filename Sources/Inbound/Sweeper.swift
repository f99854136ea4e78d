import Glibc
import Locking
import Timing

/// Looks at every connection a few times a second: ends those whose time is up, and settles exchanges that are
/// overdue or whose peer has left. libmicrohttpd's own timeout counts inactivity alone, so that a byte a second
/// would hold a connection for ever, and it watches a suspended connection not at all.
struct Sweeper {
    let core: ServerCore

    /// How late a deadline may be noticed.
    static let interval = Duration.milliseconds(100)

    /// Makes system calls, none of which blocks.
    func sweep() {
        let now = core.time.uptime
        let found = core.table.withAll { connections -> Found in
            var found = Found()
            var polled: [pollfd] = []
            var suspended: [Watch.Phase] = []
            for connection in connections {
                let phase = connection.watch.withLock { watch -> Watch.Phase? in
                    switch watch.phase {
                    case .waiting, .dozing: return watch.phase
                    default: break
                    }
                    guard watch.isOverdue(now: now, limits: core.options) else { return nil }
                    watch.enter(.ended)
                    // libmicrohttpd sees the end of the stream and closes. The table's lock keeps the descriptor ours.
                    shutdown(connection.descriptor, Int32(SHUT_RDWR))
                    return nil
                }
                if let phase {
                    suspended.append(phase)
                    polled.append(pollfd(fd: connection.descriptor, events: Self.peerClosed, revents: 0))
                }
            }
            if !polled.isEmpty { poll(&polled, nfds_t(polled.count), 0) }
            for (phase, entry) in zip(suspended, polled) {
                let hasLeft = entry.revents & (Self.peerClosed | Int16(POLLHUP) | Int16(POLLERR)) != 0
                switch phase {
                case .waiting(let exchange):
                    if hasLeft {
                        found.left.append(exchange)
                    } else if exchange.isOverdue(now: now) {
                        found.overdue.append(exchange)
                    }
                case .dozing(let pull, _, _, _):
                    if hasLeft {
                        found.pointless.append(pull)
                    } else if pull.isDue(now: now) {
                        found.due.append(pull)
                    }
                default: break
                }
            }
            return found
        }
        // Outside the lock: resuming takes locks of the library.
        for exchange in found.left { exchange.settle(.gone) }
        for exchange in found.overdue { exchange.settle(.refusal(.timedOut)) }
        for pull in found.pointless { pull.wake(abandoning: true) }
        for pull in found.due { pull.wake(abandoning: false) }
    }

    private struct Found: Sendable {
        var left: [Exchange] = []
        var overdue: [Exchange] = []
        var pointless: [StreamPull] = []
        var due: [StreamPull] = []
    }
    /// `POLLRDHUP`. A peer that has closed its half counts as gone: libmicrohttpd 0.9.75 takes it so when it resumes.
    private static let peerClosed: Int16 = 0x2000
}
