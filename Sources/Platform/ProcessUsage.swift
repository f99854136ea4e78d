import CPlatform
import Glibc
import SwiftOverlayShims  // in release builds `timespec` is found there, and not in Glibc

/// What the process takes of its machine at one moment. Nil where the system does not say.
package struct ProcessUsage: Sendable, Equatable {
    package var residentBytes: Int?
    package var virtualBytes: Int?
    /// User and system time of all threads, in seconds.
    package var cpuSeconds: Double?
    package var threads: Int?
    package var openDescriptors: Int?
    package var maxDescriptors: Int?
    /// Unix time, in seconds.
    package var startedAt: Double?

    /// Asks the kernel: some small reads of procfs, which wait for no disk.
    package static var now: ProcessUsage {
        var usage = ProcessUsage()
        (usage.virtualBytes, usage.residentBytes) = memory
        // Behind the command's name, which may hold anything: state is the third, num_threads the 20th, starttime the
        // 22nd, in clock ticks since the machine's start.
        let stat = read("/proc/self/stat")
        let fields = (stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...] } ?? "").split(separator: " ")
        if fields.count > 19 {
            usage.threads = Int(fields[17])
            let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
            usage.startedAt = Double(fields[19]).flatMap { start in
                clock(CLOCK_REALTIME).flatMap { now in
                    // To the tick: the two clocks are not read at the same instant.
                    clock(CLOCK_BOOTTIME).map { ((now - $0 + start / Double(ticks)) * 100).rounded() / 100 }
                }
            }
        }
        var times = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &times) == 0 {
            usage.cpuSeconds =
                Double(times.ru_utime.tv_sec + times.ru_stime.tv_sec)
                + Double(times.ru_utime.tv_usec + times.ru_stime.tv_usec) / 1e6
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            usage.maxDescriptors = Int(clamping: limit.rlim_cur)
            usage.openDescriptors = countDescriptors(below: min(Int(clamping: limit.rlim_cur), descriptorsLookedAt))
        }
        return usage
    }

    /// Resident memory alone, which is cheap to ask for.
    package static var residentBytes: Int? { memory.resident }

    /// Gives what was freed back to the system. Milliseconds for each hundred megabytes, in which threads that allocate
    /// may wait.
    package static func giveFreedBack() { _ = malloc_trim(0) }

    // MARK: -

    /// size resident …, in pages (proc(5)).
    private static var memory: (virtual: Int?, resident: Int?) {
        let pageBytes = max(1, sysconf(Int32(_SC_PAGESIZE)))
        let pages = read("/proc/self/statm").split(separator: " ").map { Int($0) }
        return pages.count > 1 ? (pages[0].map { $0 * pageBytes }, pages[1].map { $0 * pageBytes }) : (nil, nil)
    }

    /// Descriptors are given out from below: those of a process with fewer open are all among these.
    private static let descriptorsLookedAt = 65_536

    /// By poll(2), which says of each whether it is open: a process that forbids memory dumps may not list its own
    /// `/proc/self/fd` unless it is root.
    private static func countDescriptors(below end: Int) -> Int? {
        var polled = (0..<Int32(clamping: end)).map { pollfd(fd: $0, events: 0, revents: 0) }
        guard poll(&polled, nfds_t(polled.count), 0) >= 0 else { return nil }
        return polled.reduce(0) { $0 + ($1.revents & Int16(POLLNVAL) == 0 ? 1 : 0) }
    }

    private static func clock(_ id: clockid_t) -> Double? {
        var now = timespec()
        guard clock_gettime(id, &now) == 0 else { return nil }
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// At most 4 KiB; empty when it cannot be read.
    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
