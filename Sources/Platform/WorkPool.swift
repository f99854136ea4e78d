import CPlatform
import Glibc
import Locking

/// Threads of our own for work that computes long and waits for nothing: query plans, blocks of exports, compression.
///
/// Bounded both ways: so many threads, so many pieces of work that wait. First come, first served; whoever has more to
/// do than some milliseconds should hand it over in pieces, so that others come in between. What nobody waits for comes
/// when nothing else does. The threads give way to those that serve sockets; they are started when they are first needed
/// and end with the pool.
package final class WorkPool: Sendable {
    /// What is going on at one moment.
    package struct Counts: Sendable, Equatable {
        package var queued = 0
        package var running = 0
        package init() {}
    }
    package enum Urgency: Sendable {
        /// Somebody waits for it.
        case awaited
        /// When nothing else is left to do.
        case idle
    }
    /// First come, first served.
    private struct Line {
        private var pieces: [@Sendable () -> Void] = []
        /// The next one; what stands before it is done with.
        private var head = 0
        var count: Int { pieces.count - head }

        mutating func append(_ work: @escaping @Sendable () -> Void) { pieces.append(work) }
        mutating func popFirst() -> (@Sendable () -> Void)? {
            guard count > 0 else { return nil }
            let work = pieces[head]
            pieces[head] = {}
            head += 1
            if head == pieces.count || head >= 1024 {
                pieces.removeFirst(head)
                head = 0
            }
            return work
        }
    }
    private final class Shared: Sendable {
        struct State {
            var awaited = Line()
            var idle = Line()
            var threads = 0
            var running = 0
            var hasEnded = false
            var queued: Int { awaited.count + idle.count }
        }
        let state = Lock(State())
        /// Counts the pieces to take; a read takes one off and waits for one.
        let bell: Int32
        init(bell: Int32) { self.bell = bell }
        deinit { if bell >= 0 { close(bell) } }

        func ring(_ count: Int) { eventfd_write(bell, UInt64(count)) }

        /// Until the pool has ended and nothing is left to do.
        func work() {
            while true {
                var count: eventfd_t = 0
                if eventfd_read(bell, &count) != 0, errno != EINTR { return }
                let next = state.withLock { state -> (work: (@Sendable () -> Void)?, isOver: Bool) in
                    guard let work = state.awaited.popFirst() ?? state.idle.popFirst() else {
                        return (nil, state.hasEnded)
                    }
                    state.running += 1
                    return (work, false)
                }
                if next.isOver { return }
                guard let work = next.work else { continue }
                work()
                state.withLock { $0.running -= 1 }
            }
        }
    }
    private let shared: Shared
    private let name: String
    private let threadLimit: Int
    private let queueLimit: Int
    private let standing: Standing
    private let start: ThreadStart
    typealias ThreadStart = @Sendable (_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool

    /// How much of a processor is the threads' when all of it is wanted. Either way they are stopped at once when a
    /// thread of no pool wakes up.
    package enum Standing: Sendable {
        /// A quarter: what must not fall behind.
        case soon
        /// A thirtieth: what a caller waits for who asked for much.
        case last

        /// By how much the nice value is raised; a step is a factor of 1.25 (sched(7)).
        fileprivate var niceSteps: Int32 {
            switch self {
            case .soon: 5
            case .last: 15
            }
        }
    }

    /// `name` has at most 15 bytes.
    package convenience init(named name: String, standing: Standing, threads: Int, queueLimit: Int) {
        self.init(named: name, standing: standing, threads: threads, queueLimit: queueLimit) {
            OwnThread.start(named: $0, $1)
        }
    }
    /// - Parameter start: false when there is no thread to be had.
    init(named name: String, standing: Standing, threads: Int, queueLimit: Int, start: @escaping ThreadStart) {
        self.standing = standing
        self.start = start
        self.name = name
        threadLimit = max(1, threads)
        self.queueLimit = max(1, queueLimit)
        shared = Shared(bell: eventfd(0, Int32(EFD_CLOEXEC | EFD_SEMAPHORE)))
    }
    deinit {
        let threads = shared.state.withLock { state in
            state.hasEnded = true
            return state.threads
        }
        if threads > 0 { shared.ring(threads) }
    }

    package var counts: Counts {
        shared.state.withLock { state in
            var counts = Counts()
            counts.queued = state.queued
            counts.running = state.running
            return counts
        }
    }

    /// False when as many pieces wait as may, or there is no thread to be had; the work is not done then. Never
    /// blocks. Work that was taken is done even when the pool ends meanwhile.
    package func submit(_ work: @escaping @Sendable () -> Void, _ urgency: Urgency = .awaited) -> Bool {
        guard shared.bell >= 0 else { return false }
        let isTaken = shared.state.withLock { state -> Bool in
            // Under the lock, once for each thread: nobody may count on one that then cannot be had.
            if state.threads < threadLimit, state.threads <= state.running + state.queued, startThread() {
                state.threads += 1
            }
            guard state.threads > 0, state.queued < queueLimit else { return false }
            switch urgency {
            case .awaited: state.awaited.append(work)
            case .idle: state.idle.append(work)
            }
            return true
        }
        if isTaken { shared.ring(1) }
        return isTaken
    }

    /// What `work` gives; nil when as many pieces wait as may. The caller's task waits, cancelled or not.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
            if !submit({ continuation.resume(returning: work()) }) { continuation.resume(returning: nil) }
        }
    }

    // MARK: -

    private func startThread() -> Bool {
        start(name) { [shared, standing] in
            cplatform_give_way(standing.niceSteps)
            shared.work()
        }
    }
}
