import Locking

/// Looks at files again and again on a thread of its own, and says when one of them is not what it was.
///
/// It asks instead of being told: inotify does not see what network file systems and Kubernetes' link swaps do. A change
/// is told when the next look finds no further one: a file that is written in place is not read half, and two files that
/// belong together are told together.
package final class FileWatch: Sendable {
    private struct State {
        var stamps: [String: FileStamp?]
        var isTold = false
        var isStopped = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }
    private let state: Lock<State>
    private let doorbell: Doorbell?
    private let interval: Duration
    private let settling: Duration
    /// So many looks in a row that each find a change are told all the same: such files never come to rest.
    private static let patience = 8

    /// Takes the files as they are now for what is known.
    ///
    /// - Parameters:
    ///   - interval: between looks.
    ///   - settling: between a look that found a change and the next.
    package init(
        _ paths: some Sequence<String>, interval: Duration = .seconds(2), settling: Duration = .milliseconds(250)
    ) {
        state = Lock(State(stamps: Self.stamps(of: paths)))
        doorbell = Doorbell()
        self.interval = interval
        self.settling = settling
    }

    package struct Look: Sendable, Equatable {
        /// Files that are new, gone or different.
        package var changed: Set<String>
        /// Somebody asked for this, also when nothing has changed.
        package var wasTold: Bool
        package init(changed: Set<String>, wasTold: Bool) {
            self.changed = changed
            self.wasTold = wasTold
        }
    }

    /// Calls `body` when files have changed and come to rest, and at once after `tell`, on the thread; it may block, and
    /// it is not called again before it has returned. Call once. False when the system gives no thread.
    package func start(_ body: @escaping @Sendable (Look) -> Void) -> Bool {
        let hasStarted =
            doorbell != nil
            && OwnThread.start(named: "file-watch") { [self] in
                var pending: Set<String> = []
                var unsettledLooks = 0
                while true {
                    doorbell?.wait(timeout: pending.isEmpty ? interval : settling)
                    let (isStopped, wasTold) = state.withLock { state in
                        defer { state.isTold = false }
                        return (state.isStopped, state.isTold)
                    }
                    if isStopped { break }
                    let changed = look()
                    pending.formUnion(changed)
                    unsettledLooks = changed.isEmpty ? 0 : unsettledLooks + 1
                    let isSettled = unsettledLooks == 0 || unsettledLooks >= Self.patience
                    guard wasTold || (isSettled && !pending.isEmpty) else { continue }
                    body(Look(changed: pending, wasTold: wasTold))
                    pending = []
                    unsettledLooks = 0
                }
                end()
            }
        if !hasStarted { end() }
        return hasStarted
    }

    /// From now on these. Their state at this moment counts as known.
    package func watch(_ paths: some Sequence<String>) {
        let fresh = Self.stamps(of: paths)
        // A file that was watched before keeps its old stamp, else a change just now would be lost.
        state.withLock { state in
            state.stamps = fresh.merging(state.stamps.filter { fresh.keys.contains($0.key) }) { $1 }
        }
    }

    /// Looks now instead of at the end of the interval; once more when that finds a change.
    package func poke() { doorbell?.ring() }

    /// Looks now, and calls whether or not something has changed.
    package func tell() {
        state.withLock { $0.isTold = true }
        doorbell?.ring()
    }

    /// Returns when the thread has ended: at once, unless it is within `body`. Only after `start`.
    package func stop() async {
        state.withLock { $0.isStopped = true }
        doorbell?.ring()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: - On the thread

    private func look() -> Set<String> {
        let known = state.withLock { $0.stamps }
        let now = Self.stamps(of: known.keys)
        let changed = now.filter { known[$0.key] != $0.value }
        state.withLock { state in
            for (path, stamp) in changed where state.stamps[path] != nil { state.stamps[path] = stamp }
        }
        return Set(changed.keys)
    }

    private func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private static func stamps(of paths: some Sequence<String>) -> [String: FileStamp?] {
        Dictionary(paths.map { ($0, FileStamp(path: $0)) }) { first, _ in first }
    }
}
