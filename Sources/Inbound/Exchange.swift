import CMicroHTTPD
import Locking

/// A connection of libmicrohttpd. Everything but resuming happens on the thread that owns it; resuming is allowed
/// from any thread while it is suspended.
struct LibraryConnection: @unchecked Sendable {  // a pointer never written again; see above for who may use it
    let raw: OpaquePointer
}

/// One request and its answer. Made when the request line is read, released in "completed", nowhere else.
final class Exchange: Sendable {
    /// What the peer is told in the end.
    enum Outcome: Sendable {
        case response(InboundResponse)
        case refusal(Refusal)
        /// The peer has left: nothing is sent.
        case gone
    }
    enum Stage: Sendable {
        /// The target's bytes up to the first NUL, and the address where they stood.
        case requestLine(target: [UInt8], address: UInt)
        /// The head is whole and in order; the handler is asked next.
        case accepted
        /// The connection is suspended, and is resumed by whoever settles the exchange.
        case waiting(LibraryConnection, deadline: Duration, waiter: CheckedContinuation<Void, Never>?)
        /// Settled; libmicrohttpd's thread will pick the outcome up.
        case settled(Outcome)
        case answered
    }
    struct State: Sendable {
        var stage: Stage
        var request: InboundRequest?
        var began: Duration?
        var status = 0
        /// Of the answer, for who hears when the request is over.
        var route = 0
        var requestID = ""
        var bodyBytes = 0
        /// Target, fields and what stands between them: what libmicrohttpd's pool holds of the request.
        var headBytes = 0
        /// No task has taken it up yet, and it is counted as such.
        var isQueued = false
    }
    let connection: Connection
    let tally: Tally
    let state: Lock<State>

    init(connection: Connection, tally: Tally, target: [UInt8], address: UInt) {
        self.connection = connection
        self.tally = tally
        state = Lock(State(stage: .requestLine(target: target, address: address)))
    }

    var request: InboundRequest? { state.withLock { $0.request } }
    var isWaiting: Bool {
        state.withLock { if case .waiting = $0.stage { true } else { false } }
    }
    func isOverdue(now: Duration) -> Bool {
        state.withLock { if case .waiting(_, let deadline, _) = $0.stage { now >= deadline } else { false } }
    }

    /// From any thread, any number of times; the first call alone counts and resumes the connection.
    func settle(_ outcome: Outcome) {
        let waiting = state.withLock { state -> (LibraryConnection, CheckedContinuation<Void, Never>?)? in
            guard case .waiting(let connection, _, let waiter) = state.stage else { return nil }
            state.stage = .settled(outcome)
            return (connection, waiter)
        }
        guard let (connection, waiter) = waiting else { return }
        leaveQueue()
        MHD_resume_connection(connection.raw)
        // Only now: the daemon may be stopped, and freed, as soon as nothing is counted as suspended.
        tally.change { $0.suspended -= 1 }
        waiter?.resume()
    }
    func leaveQueue() {
        let wasQueued = state.withLock { state in
            defer { state.isQueued = false }
            return state.isQueued
        }
        if wasQueued { tally.change { $0.queued -= 1 } }
    }
    /// Returns once the exchange is settled. For one task, once.
    func settled() async {
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state -> Bool in
                guard case .waiting(let connection, let deadline, _) = state.stage else { return true }
                state.stage = .waiting(connection, deadline: deadline, waiter: continuation)
                return false
            }
            if isSettled { continuation.resume() }
        }
    }
}
