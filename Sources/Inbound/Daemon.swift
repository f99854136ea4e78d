import CMicroHTTPD
import Glibc
import Timing

/// A running libmicrohttpd daemon. `stop` must be called once, and frees it.
struct Daemon: @unchecked Sendable {  // used by `stop` alone, which libmicrohttpd allows on any thread
    private let raw: OpaquePointer
    private let core: Unmanaged<ServerCore>

    /// Takes over the listening socket. Nil when libmicrohttpd cannot start its threads; the socket is closed then.
    ///
    /// One epoll set per thread on a shared socket: whichever thread is free accepts. libmicrohttpd divides its
    /// connection limit by the threads, and one that has its share stops accepting while others are idle; so each is
    /// allowed the whole number, and `accept` holds the sum to it.
    static func start(_ core: ServerCore, socket: Int32) -> Daemon? {
        Panic.install()
        let retained = Unmanaged.passRetained(core)
        let context = retained.toOpaque()
        let threads = max(1, core.options.threads)
        let limit = (core.options.maxConnections + 16) * threads
        let idleSeconds = max(1, Int(core.options.idleTimeout.components.seconds))
        var options = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(socket), ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_MEMORY_LIMIT, value: ServerCore.connectionBytes, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: limit, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: idleSeconds, ptr_value: nil),
            MHD_OptionItem(option: .STRICT_FOR_CLIENT, value: 0, ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_CONNECTION, value: unsafeBitCast(connectionChanged, to: Int.self), ptr_value: context),
            MHD_OptionItem(
                option: .URI_LOG_CALLBACK, value: unsafeBitCast(requestLineRead, to: Int.self), ptr_value: context),
            MHD_OptionItem(
                option: .UNESCAPE_CALLBACK, value: unsafeBitCast(leaveEscapes, to: Int.self), ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_COMPLETED, value: unsafeBitCast(completed, to: Int.self), ptr_value: context),
        ]
        if threads > 1 {
            options.append(MHD_OptionItem(option: .THREAD_POOL_SIZE, value: threads, ptr_value: nil))
        }
        options.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        // No MHD_USE_ERROR_LOG: it would print what peers send.
        let flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        guard let raw = cmhd_start(flags, accept, access, context, options) else {
            retained.release()
            return nil
        }
        return Daemon(raw: raw, core: retained)
    }

    /// Blocks until every connection is closed. Nothing may be suspended, nor become so: libmicrohttpd would abort.
    func stop() {
        MHD_stop_daemon(raw)
        core.release()
    }

    // MARK: - Callbacks: context and pointers in, one call of the core, nothing else

    private static func core(_ context: UnsafeMutableRawPointer) -> ServerCore {
        Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    }

    private static let accept: MHD_AcceptPolicyCallback = { context, _, _ in
        guard let context else { return .NO }
        let core = Daemon.core(context)
        return core.tally.counts.connections < core.options.maxConnections ? .YES : .NO
    }

    private static let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, slot, change in
        guard let context, let connection, let slot else { return }
        let core = Daemon.core(context)
        if change == .CONNECTION_NOTIFY_STARTED {
            let peer = cmhd_peer(connection).map(AddressText.peer) ?? "unknown"
            let record = Connection(descriptor: cmhd_descriptor(connection), peer: peer, now: core.time.uptime)
            slot.pointee = Unmanaged.passRetained(record).toOpaque()
            core.table.insert(record)
            core.tally.change { $0.connections += 1 }
        } else if let record = slot.pointee {
            slot.pointee = nil
            let record = Unmanaged<Connection>.fromOpaque(record).takeRetainedValue()
            core.table.remove(record)
            core.tally.change { $0.connections -= 1 }
        }
    }

    private typealias RequestLineCallback =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer?
    private static let requestLineRead: RequestLineCallback = { context, target, connection in
        guard let context, let connection, let record = cmhd_socket_context(connection) else { return nil }
        let exchange = Daemon.core(context).requestLineRead(
            target, on: Unmanaged<Connection>.fromOpaque(record).takeUnretainedValue())
        return Unmanaged.passRetained(exchange).toOpaque()  // released in `completed`
    }

    private typealias UnescapeCallback =
        @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int
    private static let leaveEscapes: UnescapeCallback = { _, _, text in text.map { strlen($0) } ?? 0 }

    private static let access: MHD_AccessHandlerCallback = { context, connection, _, method, version, _, _, slot in
        guard let context, let connection, let method, let version, let exchange = slot?.pointee else { return .NO }
        return Daemon.core(context).access(
            Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue(), on: LibraryConnection(raw: connection),
            method: method, version: version)
    }

    /// The only place where a request is let go of.
    private static let completed: MHD_RequestCompletedCallback = { context, _, slot, code in
        guard let context, let slot, let exchange = slot.pointee else { return }
        slot.pointee = nil
        Daemon.core(context).completed(Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue(), code: code)
    }
}
