import CMicroHTTPD
import Locking
import Timing

/// Pulls one `BodyStream` as libmicrohttpd asks for more.
///
/// "Nothing yet" suspends the connection: returning 0 alone makes 0.9.75 turn in its event loop without a pause.
final class StreamPull: Sendable {
    private enum State {
        case awake
        case asleep(LibraryConnection, until: Duration)
        case abandoned
    }
    private let stream: any BodyStream
    private let connection: LibraryConnection
    private let watched: Connection
    private let core: ServerCore
    private let state = Lock(State.awake)

    init(_ stream: any BodyStream, on connection: LibraryConnection, watched: Connection, core: ServerCore) {
        self.stream = stream
        self.connection = connection
        self.watched = watched
        self.core = core
    }

    /// A response that owns `self`; nil when libmicrohttpd has no memory.
    func makeResponse() -> OpaquePointer? {
        let owner = Unmanaged.passRetained(self)
        let response = MHD_create_response_from_callback(
            cmhd_size_unknown, 16 << 10,
            { context, _, buffer, count in
                guard let context, let buffer else { return cmhd_end_with_error }
                return Unmanaged<StreamPull>.fromOpaque(context).takeUnretainedValue().pull(into: buffer, atMost: count)
            }, owner.toOpaque(),
            { context in if let context { Unmanaged<StreamPull>.fromOpaque(context).release() } })
        if response == nil { owner.release() }
        return response
    }

    private func pull(into buffer: UnsafeMutablePointer<CChar>, atMost count: Int) -> Int {
        if state.withLock({ if case .abandoned = $0 { true } else { false } }) { return cmhd_end_with_error }
        switch stream.next(atMost: count) {
        case .bytes(let bytes):
            // More than asked for would be written past the buffer, nothing would turn without a pause.
            guard !bytes.isEmpty, bytes.count <= count else { return cmhd_end_with_error }
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: buffer, count: count).copyMemory(from: $0) }
            let (now, pace) = (core.time.uptime, core.options.minimumBytesPerSecond)
            watched.watch.withLock { $0.took(bytes.count, now: now, bytesPerSecond: pace) }
            return bytes.count
        case .later(let time): return sleep(until: time) ? 0 : cmhd_end_with_error
        case .waiting(let signal, atMostUntil: let time):
            guard sleep(until: time) else { return cmhd_end_with_error }
            // Not held by the signal, or a stream that keeps its signal would keep itself.
            signal.whenGiven { [weak self] in self?.wake(abandoning: false) }
            return 0
        case .end: return cmhd_end_of_stream
        case .abort: return cmhd_end_with_error
        }
    }

    /// Sets the connection aside. False when it must not be any more.
    private func sleep(until time: Duration) -> Bool {
        guard core.tally.reserveSuspension(limit: .max, queues: false) else { return false }
        let now = core.time.uptime
        guard watched.watch.withLock({ $0.doze(self, now: now) }) else {
            core.tally.change { $0.suspended -= 1 }
            return false
        }
        MHD_suspend_connection(connection.raw)  // before `asleep`: from then on anyone may resume it
        state.withLock { $0 = .asleep(connection, until: time) }
        // A stop between the reservation and the line above has not seen this one.
        if core.tally.isStopping { wake(abandoning: true) }
        return true
    }

    func isDue(now: Duration) -> Bool {
        state.withLock { if case .asleep(_, let until) = $0 { now >= until } else { false } }
    }
    /// From any thread; only the first call after a sleep resumes. An abandoned stream is not asked again.
    func wake(abandoning: Bool) {
        let sleeper = state.withLock { state -> LibraryConnection? in
            guard case .asleep(let connection, _) = state else { return nil }
            state = abandoning ? .abandoned : .awake
            return connection
        }
        guard let sleeper else { return }
        let now = core.time.uptime
        watched.watch.withLock { $0.awake(now: now) }
        MHD_resume_connection(sleeper.raw)
        core.tally.change { $0.suspended -= 1 }
    }
}
