import Glibc

/// What a process that serves or calls over sockets does first, before its first thread.
package enum ProcessPreparation {
    /// A peer that has gone must be an error of `write`, not the end of the process. libmicrohttpd blocks the signal
    /// in its own threads only, and libcurl with `NOSIGNAL` not at all.
    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Raises the soft limit of open descriptors to `wanted`, as far as the hard limit allows; returns what holds now.
    /// Many systems begin at 1,024, fewer than `maxConnections`.
    @discardableResult
    package static func allowDescriptors(_ wanted: Int) -> Int {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(7), &limits) == 0 else { return 0 }  // 7 is RLIMIT_NOFILE
        let target = min(rlim_t(max(0, wanted)), limits.rlim_max)
        if limits.rlim_cur < target {
            limits.rlim_cur = target
            _ = setrlimit(__rlimit_resource_t(7), &limits)
            _ = getrlimit(__rlimit_resource_t(7), &limits)
        }
        return Int(clamping: limits.rlim_cur)
    }
}
