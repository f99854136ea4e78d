import Glibc
import Locking

/// A listening socket on a free port of 127.0.0.1.
struct RawPeerListener {
    struct Failure: Error {
        let what: String
        let code: Int32
    }
    let descriptor: Int32
    let port: UInt16

    init(backlog: Int32) throws(Failure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, backlog) == 0
                    && getsockname(descriptor, $0, &size) == 0 && setNonBlocking(descriptor)
            }
        }
        guard isBound else { throw Failure(what: "bind and listen", code: errno) }
        port = UInt16(bigEndian: address.sin_port)
    }
    /// Begins a connection to it.
    func connect() throws(Failure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, setNonBlocking(descriptor) else { throw Failure(what: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return descriptor
    }
}

/// The thread of one `RawPeer`: a poll loop over its connections.
final class RawPeerThread: @unchecked Sendable {  // after `start` its own thread touches it alone
    private final class Connection {
        let descriptor: Int32
        let number: Int
        let script: [RawPeer.Step]
        var step = 0
        var arrived: [UInt8] = []
        var leaving: ArraySlice<UInt8> = []
        var flooding = 0
        var dripped = 0
        var nextDrop: Duration?
        var isEnded = false
        init(_ descriptor: Int32, _ number: Int, _ script: [RawPeer.Step]) {
            self.descriptor = descriptor
            self.number = number
            self.script = script
        }
    }
    private let listener: RawPeerListener
    private let accepts: Bool
    private let shared: RawPeerShared
    private let script: @Sendable (Int) -> [RawPeer.Step]
    private var connections: [Connection] = []
    private var accepted = 0
    private var isGateOpen = false
    /// Connections of our own that fill the kernel's queue.
    private var fillers: [Int32] = []

    init(
        listener: RawPeerListener, accepts: Bool, shared: RawPeerShared,
        script: @escaping @Sendable (Int) -> [RawPeer.Step]
    ) {
        self.listener = listener
        self.accepts = accepts
        self.shared = shared
        self.script = script
    }
    func start() throws(RawPeerListener.Failure) {
        if !accepts { fillers = try (0..<4).map { _ throws(RawPeerListener.Failure) in try listener.connect() } }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<RawPeerThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else { throw RawPeerListener.Failure(what: "pthread_create", code: code) }
        pthread_detach(thread)
    }

    // MARK: - On the thread

    private func run() {
        while true {
            let (isStopping, isGateOpen) = shared.state.withLock { ($0.isStopping, $0.isGateOpen) }
            if isStopping { break }
            self.isGateOpen = isGateOpen
            for connection in connections { advance(connection) }
            drop()
            wait()
        }
        for connection in connections { end(connection) }
        drop()
        for filler in fillers { close(filler) }
        close(listener.descriptor)
    }

    private func wait() {
        var watched = [pollfd(fd: shared.wakeup.read, events: Int16(POLLIN), revents: 0)]
        watched.append(pollfd(fd: accepts ? listener.descriptor : -1, events: Int16(POLLIN), revents: 0))
        var timeout: Int32 = -1
        for connection in connections {
            let isSending = !connection.leaving.isEmpty || connection.flooding > 0
            let events = Int16(POLLIN) | (isSending ? Int16(POLLOUT) : 0)
            watched.append(pollfd(fd: connection.descriptor, events: events, revents: 0))
            if let due = connection.nextDrop {
                let milliseconds = Int32(min(60_000, max(0, ((due - Self.now) / .milliseconds(1)).rounded(.up))))
                timeout = timeout < 0 ? milliseconds : min(timeout, milliseconds)
            }
        }
        guard poll(&watched, nfds_t(watched.count), timeout) >= 0 else { return }
        if watched[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(shared.wakeup.read, &bytes, bytes.count) > 0 {}
        }
        for (connection, entry) in zip(connections, watched.dropFirst(2)) {
            if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { receive(connection) }
        }
        if watched[1].revents != 0 { acceptAll() }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else { return }
            guard setNonBlocking(descriptor) else {
                close(descriptor)
                continue
            }
            connections.append(Connection(descriptor, accepted, script(accepted)))
            accepted += 1
            shared.note { record in
                record.connections += 1
                record.peak = max(record.peak, record.open)
            }
        }
    }

    private func receive(_ connection: Connection) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while !connection.isEnded {
            let count = recv(connection.descriptor, &bytes, bytes.count, 0)
            if count > 0 {
                connection.arrived += bytes[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                end(connection)
            } else {
                return
            }
        }
    }

    /// Does as many steps as can be done now.
    private func advance(_ connection: Connection) {
        while !connection.isEnded, send(connection) {
            guard connection.step < connection.script.count else { return end(connection) }
            switch connection.script[connection.step] {
            case .readHead:
                guard let end = Self.headEnd(connection.arrived) else { return }
                let head = Array(connection.arrived[..<end])
                connection.arrived.removeFirst(end)
                shared.note { $0.requests.append(RawPeer.Request(connection: connection.number, head: head)) }
            case .readBody(let count):
                guard connection.arrived.count >= count else { return }
                let body = Array(connection.arrived[..<count])
                connection.arrived.removeFirst(count)
                shared.note { record in
                    if let last = record.requests.lastIndex(where: { $0.connection == connection.number }) {
                        record.requests[last].body += body
                    }
                }
            case .readRequest:
                guard let end = Self.headEnd(connection.arrived) else { return }
                var request = RawPeer.Request(connection: connection.number, head: Array(connection.arrived[..<end]))
                let length = request.field("Content-Length").flatMap { Int($0) } ?? 0
                guard connection.arrived.count >= end + length else { return }
                request.body = Array(connection.arrived[end..<(end + length)])
                connection.arrived.removeFirst(end + length)
                shared.note { [request] in $0.requests.append(request) }
            case .write(let bytes): connection.leaving = bytes[...]
            case .respond(let answer):
                let request = shared.state.withLock { state in
                    state.record.requests.last { $0.connection == connection.number }
                }
                guard let bytes = request.flatMap(answer) else { return }
                connection.leaving = bytes[...]
            case .text(let text): connection.leaving = Array(text.utf8)[...]
            case .flood(let count): connection.flooding = count
            case .drip(let bytes, let pause):
                guard drip(bytes, every: pause, connection) else { return }
            case .gate:
                guard isGateOpen else { return }
            case .stall:
                return
            case .again:
                connection.step = -1
            case .reset:
                // Discards what is unsent and sends RST (socket(7)).
                var now = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    connection.descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
                return end(connection)
            case .close:
                return end(connection)
            }
            connection.step += 1
        }
    }

    /// True when nothing is left to send.
    private func send(_ connection: Connection) -> Bool {
        while !connection.isEnded {
            if connection.leaving.isEmpty, connection.flooding > 0 {
                let count = min(connection.flooding, 65_536)
                connection.leaving = [UInt8](repeating: 0x78, count: count)[...]
                connection.flooding -= count
            }
            guard !connection.leaving.isEmpty else { return true }
            let sent = connection.leaving.withUnsafeBytes {
                Glibc.send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                connection.leaving = connection.leaving.dropFirst(sent)
            } else if errno == EAGAIN {
                return false
            } else {
                end(connection)
            }
        }
        return false
    }

    /// True when the last byte has gone.
    private func drip(_ bytes: [UInt8], every pause: Duration, _ connection: Connection) -> Bool {
        if let due = connection.nextDrop, due > Self.now { return false }
        guard connection.dripped < bytes.count else {
            connection.dripped = 0
            connection.nextDrop = nil
            return true
        }
        connection.leaving = bytes[connection.dripped...connection.dripped]
        connection.dripped += 1
        connection.nextDrop = Self.now + pause
        _ = send(connection)
        return false
    }

    private func end(_ connection: Connection) { connection.isEnded = true }
    private func drop() {
        for connection in connections where connection.isEnded {
            close(connection.descriptor)
            shared.note { $0.closed += 1 }
        }
        connections.removeAll(where: \.isEnded)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual(end) }.map { $0 + 4 }
    }
    private static var now: Duration {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
}
