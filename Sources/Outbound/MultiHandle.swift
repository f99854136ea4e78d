import CCurl
import Glibc

/// Owns one `CURLM *` and the epoll set with its sockets. On the curl thread, save for its creation.
///
/// Not `curl_multi_poll`: that one walks every transfer at each turn, with a system call for each, which at a
/// thousand in flight costs more than the transfers do. Here a turn costs as much as there are sockets ready.
final class MultiHandle {
    private let raw: UnsafeMutableRawPointer
    private let epoll: Int32
    private let waker: Waker
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)
    /// When libcurl wants to be called at the latest, by `MonotonicClock`.
    private var due: Duration?
    /// Transfers whose socket could not be watched.
    private var unwatched: [UnsafeMutableRawPointer] = []
    private var isClosed = false

    init(keptConnections: Int, waker: Waker) throws(StartFailure) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw StartFailure(doing: "make an epoll set", errno: errno) }
        guard let raw = curl_multi_init() else {
            Glibc.close(epoll)
            throw StartFailure("create a multi handle")
        }
        self.raw = raw
        self.waker = waker
        var wakeup = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: waker.descriptor))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, waker.descriptor, &wakeup) == 0 else {
            throw StartFailure(doing: "watch the event descriptor", errno: errno)
        }
        try configure(keptConnections: keptConnections)
    }
    deinit { close() }

    /// Frees it, with every connection. No transfer may be left in it.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        let code = curl_multi_cleanup(raw)
        assert(code == CURLM_OK, "curl_multi_cleanup")
        Glibc.close(epoll)
        events.deallocate()
    }

    /// Waits until a socket is ready, libcurl's time has come or somebody calls the waker; lets libcurl act.
    func turn() throws(StartFailure) {
        let wait = due.map { min(max(.zero, $0 - MonotonicClock.now), .seconds(3600)) }
        let ready = epoll_wait(epoll, events.baseAddress, Int32(events.count), Int32(wait?.wholeMilliseconds ?? -1))
        guard ready >= 0 || errno == EINTR else { throw StartFailure(doing: "wait for sockets", errno: errno) }
        for event in events.prefix(max(0, Int(ready))) {
            if event.data.fd == waker.descriptor {
                waker.clear()
            } else {
                try act(event.data.fd, Self.curlEvents(event.events))
            }
        }
        if let due, due <= MonotonicClock.now {
            self.due = nil  // libcurl sets it anew, or has nothing to wait for
            try act(-1, 0)  // CURL_SOCKET_TIMEOUT
        }
    }
    func add(_ handle: EasyHandle) -> CURLMcode { curl_multi_add_handle(raw, handle.raw) }
    /// Ends a transfer, finished or not.
    func remove(_ handle: EasyHandle) {
        let code = curl_multi_remove_handle(raw, handle.raw)
        precondition(code == CURLM_OK, "a handle that is not in, or a call out of a callback")
    }
    /// Goes on with a paused transfer. May call its callbacks, which may pause it again.
    func resume(_ handle: EasyHandle) -> CURLcode { curl_easy_pause(handle.raw, CURLPAUSE_CONT) }

    /// Transfers that have ended since the last call, with libcurl's verdict. They are still to be removed.
    func takeEnded() -> [(raw: UnsafeMutableRawPointer, code: CURLcode)] {
        var ended = unwatched.map { ($0, CURLE_OUT_OF_MEMORY) }
        unwatched = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(raw, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            ended.append((easy, message.pointee.data.result))
        }
        return ended
    }

    // MARK: -

    private func configure(keptConnections: Int) throws(StartFailure) {
        func check(_ code: CURLMcode, _ what: String) throws(StartFailure) {
            guard code == CURLM_OK else { throw StartFailure(doing: what, code) }
        }
        // Else it grows to four times the handles ever added.
        try check(ccurl_multi_setopt_long(raw, CURLMOPT_MAXCONNECTS, keptConnections), "bound kept connections")
        // Whoever had to wait in there would wait on his own deadline's time: admission comes before.
        try check(ccurl_multi_setopt_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, 0), "queue nothing in libcurl")
        try check(ccurl_multi_setopt_long(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, 0), "queue nothing in libcurl")
        try check(ccurl_multi_setopt_long(raw, CURLMOPT_PIPELINING, 0), "share no connection")
        let context = Unmanaged.passUnretained(self).toOpaque()
        let onSocket: curl_socket_callback = { easy, socket, what, context, known in
            guard let easy, let context else { return 0 }
            Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().watch(socket, what, for: easy)
            return 0
        }
        let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
            guard let context else { return 0 }
            let multi = Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
            multi.due = milliseconds < 0 ? nil : MonotonicClock.now + .milliseconds(milliseconds)
            return 0
        }
        try check(ccurl_multi_set_socket(raw, onSocket, context), "set the socket callback")
        try check(ccurl_multi_set_timer(raw, onTimer, context), "set the timer callback")
    }

    private func act(_ socket: Int32, _ events: Int32) throws(StartFailure) {
        var running: Int32 = 0
        let code = curl_multi_socket_action(raw, socket, events, &running)
        // An event of the same batch may be for a socket that libcurl has closed meanwhile.
        guard code == CURLM_OK || code == CURLM_BAD_SOCKET else { throw StartFailure(doing: "drive transfers", code) }
    }

    private func watch(_ socket: Int32, _ what: Int32, for easy: UnsafeMutableRawPointer) {
        var event = epoll_event(events: 0, data: epoll_data_t(fd: socket))
        switch what {
        case CURL_POLL_IN: event.events = EPOLLIN.rawValue
        case CURL_POLL_OUT: event.events = EPOLLOUT.rawValue
        case CURL_POLL_INOUT: event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue
        case CURL_POLL_REMOVE:
            // A socket already closed has left the set by itself.
            epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
            return
        default: break
        }
        if epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0 { return }
        if errno == ENOENT, epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 { return }
        // Out of kernel memory or watches. A callback's failure would end the whole multi handle, so only this
        // transfer ends.
        unwatched.append(easy)
    }
    private static func curlEvents(_ events: UInt32) -> Int32 {
        var result: Int32 = 0
        if events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { result |= CURL_CSELECT_IN }
        if events & EPOLLOUT.rawValue != 0 { result |= CURL_CSELECT_OUT }
        if events & EPOLLERR.rawValue != 0 { result |= CURL_CSELECT_ERR }
        return result
    }
}
