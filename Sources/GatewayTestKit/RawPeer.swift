import Glibc
import Locking

/// A server below HTTP: on 127.0.0.1, and on each connection it does, step by step, what a script says.
///
/// It lives on one thread of its own and blocks nobody. What arrives is recorded; a test waits for events
/// (`waitForRequests`, `waitForConnections`, `waitForClosed`), never for time.
package final class RawPeer: Sendable {
    package enum Step: Sendable {
        /// Waits for a request's head, to the empty line; records it as a request.
        case readHead
        /// Waits for so many bytes after the head; they are added to the request's body.
        case readBody(Int)
        /// Waits for a request's head and as much body as its `Content-Length` says; records both at once.
        case readRequest
        case write([UInt8])
        /// Writes what is made of the connection's last request, on the peer's thread; nil: waits as `stall` does.
        case respond(@Sendable (Request) -> [UInt8]?)
        case text(String)
        /// So many bytes of `x`, made while they are sent.
        case flood(Int)
        /// The bytes one by one, so far apart.
        case drip([UInt8], every: Duration)
        /// Nothing until `openGate`, then on.
        case gate
        /// Nothing until the other side closes.
        case stall
        /// Goes back to the first step: serves one request after the other.
        case again
        /// Ends the connection with a TCP reset; what was not yet sent is lost.
        case reset
        /// Ends the connection in order. So does the end of the script.
        case close
    }
    package struct Request: Sendable, Equatable {
        /// Counted from 0.
        package var connection: Int
        /// To the empty line, included.
        package var head: [UInt8]
        package var body: [UInt8] = []
        /// The lines of the head, without the empty one.
        package var lines: [String] {
            String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true).map(
                String.init)
        }
        /// The first field of that name, compared without case.
        package func field(_ name: String) -> String? {
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                    return String(parts[1].drop { $0 == " " })
                }
            }
            return nil
        }
    }
    /// What has happened so far.
    package struct Record: Sendable {
        package var requests: [Request] = []
        /// Accepted since the start.
        package var connections = 0
        /// Ended, by either side.
        package var closed = 0
        package var open: Int { connections - closed }
        /// The most that were open at once.
        package var peak = 0
    }

    package let port: UInt16
    package var origin: String { "http://127.0.0.1:\(port)" }
    private let shared: RawPeerShared

    /// - Parameters:
    ///   - accepts: when false nobody gets a connection: the kernel's queue is full, further SYNs are dropped.
    ///   - script: steps of connection number n, counted from 0. Called on the peer's thread.
    package init(accepts: Bool = true, script: @escaping @Sendable (Int) -> [Step]) throws {
        signal(SIGPIPE, SIG_IGN)
        let listener = try RawPeerListener(backlog: accepts ? 4096 : 0)
        port = listener.port
        shared = RawPeerShared()
        try RawPeerThread(listener: listener, accepts: accepts, shared: shared, script: script).start()
    }
    /// The same on each connection.
    package convenience init(_ steps: Step...) throws { try self.init { _ in steps } }
    /// Answers every request with `body`, on kept connections.
    package convenience init(answering body: String) throws {
        let steps: [Step] = [.readHead, .text(Self.answer(body)), .again]
        try self.init { _ in steps }
    }
    deinit { stop() }

    package static func answer(_ body: String, status: String = "200 OK", fields: [String] = []) -> String {
        let lines = ["HTTP/1.1 \(status)"] + fields + ["Content-Length: \(body.utf8.count)"]
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    package var record: Record { shared.state.withLock { $0.record } }
    /// Opens every gate, now and later.
    package func openGate() { shared.tell { $0.isGateOpen = true } }
    /// Ends all connections and frees the port. Returns at once.
    package func stop() { shared.tell { $0.isStopping = true } }

    package func waitForRequests(_ count: Int) async { await shared.wait { $0.requests.count >= count } }
    package func waitForConnections(_ count: Int) async { await shared.wait { $0.connections >= count } }
    package func waitForClosed(_ count: Int) async { await shared.wait { $0.closed >= count } }
}

/// What the peer's thread and its users share.
final class RawPeerShared: Sendable {
    struct State {
        var record = RawPeer.Record()
        var isGateOpen = false
        var isStopping = false
        var watchers: [(isDone: @Sendable (RawPeer.Record) -> Bool, continuation: CheckedContinuation<Void, Never>)] =
            []
    }
    let state = Lock(State())
    /// The thread polls the first; a byte into the second wakes it. Closed by the thread when it ends.
    let wakeup: (read: Int32, write: Int32)

    init() {
        var ends: [Int32] = [-1, -1]
        let code = pipe(&ends)
        precondition(code == 0, "pipe")
        for end in ends { precondition(setNonBlocking(end)) }
        wakeup = (ends[0], ends[1])
    }
    deinit {
        close(wakeup.read)
        close(wakeup.write)
    }
    func tell(_ change: @Sendable (inout State) -> Void) {
        state.withLock { change(&$0) }
        var byte: UInt8 = 1
        _ = write(wakeup.write, &byte, 1)  // full: it is awake anyway
    }
    func note(_ change: (inout RawPeer.Record) -> Void) {
        let done = state.withLock { state in
            change(&state.record)
            let record = state.record
            let done = state.watchers.filter { $0.isDone(record) }.map(\.continuation)
            if !done.isEmpty { state.watchers.removeAll { $0.isDone(record) } }
            return done
        }
        for continuation in done { continuation.resume() }
    }
    func wait(_ isDone: @escaping @Sendable (RawPeer.Record) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if isDone(state.record) { return true }
                state.watchers.append((isDone, continuation))
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

func setNonBlocking(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
        && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
}
