import CPlatform
import Glibc

/// What a server asks of the system once, before its first thread.
package enum ProcessSetup {
    /// A peer that has gone shows as an error of the write, not as the end of the process.
    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Keys in memory reach no file: no core dump, and no other process of the same user may look inside.
    package static func forbidMemoryDumps() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        _ = cplatform_set_dumpable(0)
    }

    /// glibc keeps up to eight heaps per core, each of which holds on to what was freed in it. Our large allocations are
    /// made by few threads: two heaps hold half as much memory at the same speed.
    ///
    /// A burst of answers allocates and frees megabytes within milliseconds. By default a heap grows by 132 KiB at a
    /// time and shrinks whenever that much is free at its end, a system call and new pages for each; here it
    /// keeps up to 16 MiB of what it has, while large bodies are mapped by themselves and given back at once.
    package static func limitHeaps() {
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TOP_PAD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
    }

    /// Raises the soft limit of open files to the hard one, and returns it.
    package static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    /// Ends the process without running what other threads still use: libraries' exit handlers race with their own
    /// threads. Whatever must be written has been.
    package static func end(code: Int32) -> Never { _exit(code) }

    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
