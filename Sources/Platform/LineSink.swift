import Glibc
import Locking

/// Writes lines to a descriptor from a thread of its own, so that a reader which has stopped reading stops nobody here.
///
/// What does not fit into the bounded queue, or onto a full disk, is dropped and counted; the next line that fits is
/// preceded by one that says how many are missing. Nothing is tried twice: the next line is the next attempt.
package final class LineSink: Sendable {
    private struct State {
        var queue: [[UInt8]] = []
        var byteCount = 0
        var dropped = 0
        var droppedSinceLast = 0
        var isWriting = false
        var isClosed = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }
    private let descriptor: Int32
    private let byteLimit: Int
    private let state = Lock(State())
    private let doorbell: Doorbell?

    /// - Parameter byteLimit: of lines that wait; 1 MiB are some thousands.
    package init(descriptor: Int32, byteLimit: Int = 1 << 20) {
        self.descriptor = descriptor
        self.byteLimit = byteLimit
        doorbell = Doorbell()
        if doorbell == nil || !OwnThread.start(named: "log", { [self] in drain() }) {
            state.withLock { $0.isClosed = true }
        }
    }

    /// Lines lost so far.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// From any thread; never blocks. `line` ends with a line feed.
    package func write(_ line: [UInt8]) {
        let isFirst = state.withLock { state in
            guard !state.isClosed, state.byteCount + line.count <= byteLimit else {
                state.dropped += 1
                state.droppedSinceLast += 1
                return false
            }
            defer { state.byteCount += line.count }
            state.queue.append(line)
            return state.queue.count == 1
        }
        if isFirst { doorbell?.ring() }
    }

    /// Returns when all that was written so far is out or was given up, or when the task is cancelled: the reader may
    /// never come.
    package func flushed() async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isClosed || Task.isCancelled || state.queue.isEmpty && !state.isWriting { return true }
                    state.waiters[waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
        }
    }

    /// Takes no more lines; what waits is still written. The thread ends.
    package func close() {
        state.withLock { $0.isClosed = true }
        doorbell?.ring()
    }

    // MARK: - On the thread

    private func drain() {
        // What is out ends within a line.
        var isCut = false
        while true {
            let (batch, missing, isClosed) = state.withLock { state in
                let batch = state.queue
                let missing = state.droppedSinceLast
                state.queue = []
                state.byteCount = 0
                state.isWriting = !batch.isEmpty
                if !batch.isEmpty { state.droppedSinceLast = 0 }
                return (batch, missing, state.isClosed)
            }
            guard !batch.isEmpty else {
                let waiters = state.withLock { state in
                    guard state.queue.isEmpty else { return [Int: CheckedContinuation<Void, Never>]() }
                    defer { state.waiters = [:] }
                    return state.waiters
                }
                for waiter in waiters.values { waiter.resume() }
                if isClosed { return }
                doorbell?.wait()
                continue
            }
            // What comes next is a line of its own, also behind one that the disk had no room for.
            var text: [UInt8] = isCut ? [Self.lineFeed] : []
            if missing > 0 { text.append(contentsOf: "log lines dropped, not written count=\(missing)\n".utf8) }
            let told = text.count
            for line in batch { text.append(contentsOf: line) }
            let written = BlockingWrite.prefix(of: text, to: descriptor)
            if written > 0 { isCut = text[written - 1] != Self.lineFeed }
            guard written < text.count else { continue }
            var end = told
            let lost = batch.count { line in
                end += line.count
                return end > written
            }
            state.withLock { state in
                state.dropped += lost
                state.droppedSinceLast += lost + (written < told ? missing : 0)
            }
        }
    }

    private static let lineFeed = UInt8(ascii: "\n")
}
