import CCurl
import Glibc

/// Owns one `CURL *`: created, set and freed on the curl thread, used for one transfer after the other.
///
/// What hangs on the configuration alone is set once and stays. All that a GET sets for itself is set by every one, so
/// that nothing of the transfer before is left; after any other method the handle is made anew as a whole. Forty
/// options, a third of them texts to copy, cost as much as signing the call.
final class EasyHandle {
    struct Failure: Error {
        let code: CURLcode
        let doing: StaticString
    }
    let raw: UnsafeMutableRawPointer
    private let config: UpstreamConfig
    /// Holds what every transfer needs, and nothing of the last one that the next does not set itself.
    private var isReady = false
    private var fieldList: UnsafeMutablePointer<curl_slist>?
    /// libcurl's words about a failure, which may quote URLs and fields: they are looked at here and go no further.
    private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(_ config: UpstreamConfig) throws(Failure) {
        guard let raw = curl_easy_init() else { throw Failure(code: CURLE_FAILED_INIT, doing: "create a handle") }
        self.raw = raw
        self.config = config
    }
    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(fieldList)
        words.deallocate()
    }

    /// Lets go of the last transfer; connections and addresses are kept by the multi handle.
    func release() {
        // Fields hold tokens, and the callbacks' context dies with the transfer.
        for option in Self.ofTransfer where ccurl_setopt_pointer(raw, option, nil) != CURLE_OK { isReady = false }
        curl_slist_free_all(fieldList)
        fieldList = nil
        if !isReady { curl_easy_reset(raw) }
    }

    private static let ofTransfer = [
        CURLOPT_HTTPHEADER, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_SOCKOPTDATA, CURLOPT_RESOLVER_START_DATA,
        CURLOPT_PREREQDATA,
    ]

    /// - Parameter timeLeft: of the attempt.
    func prepare(_ transfer: Transfer, timeLeft: Duration) throws(Failure) {
        let request = transfer.request
        if !isReady {
            try setSafety()
            try setTLS()
            try setFixedLimits()
            words.pointee = 0
            try check(ccurl_setopt_pointer(raw, CURLOPT_ERRORBUFFER, words), "set the error buffer")
            isReady = true
        }
        words.pointee = 0
        try set(CURLOPT_PROTOCOLS_STR, request.origin.isSecure ? "https" : "http", "allow one scheme")
        try setLimits(timeLeft: timeLeft)
        try set(CURLOPT_URL, request.url, "set the URL")
        try setFields(request.lines)
        switch request.method {
        case .get:
            try set(CURLOPT_HTTPGET, 1, "set the method")
        case .post, .put:
            isReady = false
            try set(CURLOPT_POST, 1, "set the method")
            if request.method == .put { try set(CURLOPT_CUSTOMREQUEST, "PUT", "set the method") }
            try set(CURLOPT_POSTFIELDSIZE, request.body.count, "set the body's size")
            // Copied: the array may move.
            let code = request.body.withUnsafeBytes {
                ccurl_setopt_pointer(raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(raw))
            }
            try check(code, "set the body")
        }
        try setCallbacks(transfer)
    }

    /// After the transfer has ended with `code`, before `release`. `isSecure`: the handshake counts as part of the
    /// connection.
    func facts(_ code: CURLcode, isSecure: Bool) -> TransferFacts {
        let isUp = time(isSecure ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T) > 0
        let isReused = number(CURLINFO_NUM_CONNECTS) == 0 && number(CURLINFO_REQUEST_SIZE) > 0
        return TransferFacts(
            isReused: isReused, hadConnection: isUp || isReused,
            wasCutInHandshake: code == CURLE_SSL_CONNECT_ERROR && areWordsAboutACut)
    }

    // MARK: -

    /// One code says both "the handshake failed" and "the connection was lost in it", and only the words tell which.
    private var areWordsAboutACut: Bool {
        let text = String(cString: words)
        return ["SSL_ERROR_SYSCALL", "Connection reset", "unexpected eof"].contains { text.contains($0) }
    }

    /// What keeps us to one protocol, one host and no help from the environment. libcurl's defaults are wider.
    private func setSafety() throws(Failure) {
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "https", "allow one scheme")
        // A redirect would carry our fields, tokens among them, to another host.
        try set(CURLOPT_FOLLOWLOCATION, 0, "refuse redirects")
        try set(CURLOPT_MAXREDIRS, 0, "refuse redirects")
        // The path was signed as it stands.
        try set(CURLOPT_PATH_AS_IS, 1, "leave the path alone")
        // HTTP/2 of 7.88 loses track of cancelled streams.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1), "choose HTTP/1.1")
        try set(CURLOPT_HTTP09_ALLOWED, 0, "refuse HTTP/0.9")
        try set(CURLOPT_ACCEPT_ENCODING, "gzip", "offer gzip alone")
        try set(CURLOPT_TRANSFER_ENCODING, 0, "offer no transfer coding")
        try set(CURLOPT_NETRC, 0, "ignore ~/.netrc")
        try set(CURLOPT_HSTS_CTRL, 0, "keep no HSTS list")
        // No cookie engine, HTTPAUTH, USERPWD or ALTSVC_CTRL: never set, they stay off.
        try set(CURLOPT_PROXY, config.proxy ?? "", "set the proxy")
        // Both, so that `no_proxy` is not read either.
        try set(CURLOPT_NOPROXY, config.proxy == nil ? "*" : "", "set the proxy's exceptions")
        if config.proxy != nil {
            try set(CURLOPT_HTTPPROXYTUNNEL, 1, "tunnel through the proxy")
            try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1, "hide the proxy's own answer")
        }
        // Our fields are for the origin, not for the proxy.
        try set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE), "keep fields from the proxy")
        try set(CURLOPT_NOSIGNAL, 1, "use no signals")
        try set(CURLOPT_NOPROGRESS, 1, "report no progress")
        try set(CURLOPT_VERBOSE, 0, "trace nothing")
    }

    private func setTLS() throws(Failure) {
        try set(CURLOPT_SSL_VERIFYPEER, 1, "verify certificates")
        try set(CURLOPT_SSL_VERIFYHOST, 2, "verify names")
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2), "ask for TLS 1.2 or newer")
        try set(CURLOPT_PROXY_SSL_VERIFYPEER, 1, "verify the proxy's certificates")
        try set(CURLOPT_PROXY_SSL_VERIFYHOST, 2, "verify the proxy's name")
        try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2), "ask for TLS 1.2 or newer")
        // With a directory set as well libcurl reads the whole bundle anew for each connection, milliseconds each.
        try check(ccurl_setopt_pointer(raw, CURLOPT_CAPATH, nil), "use one file of authorities")
        try check(ccurl_setopt_pointer(raw, CURLOPT_PROXY_CAPATH, nil), "use one file of authorities")
        try set(CURLOPT_CA_CACHE_TIMEOUT, 300, "read authorities again after a while")
        if let file = config.caFile {
            try set(CURLOPT_CAINFO, file, "set the file of authorities")
            try set(CURLOPT_PROXY_CAINFO, file, "set the file of authorities")
        }
    }

    private func setLimits(timeLeft: Duration) throws(Failure) {
        let total = max(1, timeLeft.wholeMilliseconds)
        try set(CURLOPT_TIMEOUT_MS, total, "set the time limit")
        try set(
            CURLOPT_CONNECTTIMEOUT_MS, min(total, max(1, config.connectTimeout.wholeMilliseconds)),
            "set the connect limit")
        // Silence as long as the attempt may take at all: a second net under the time limit.
        try set(CURLOPT_LOW_SPEED_TIME, (total + 999) / 1000, "set the low speed's time")
    }
    private func setFixedLimits() throws(Failure) {
        try set(CURLOPT_LOW_SPEED_LIMIT, 1, "set the low speed")
        // Else the end of the time limit waits for getaddrinfo to return, and every transfer with it.
        try set(CURLOPT_QUICK_EXIT, 1, "leave lookups behind")
        try set(CURLOPT_DNS_CACHE_TIMEOUT, CurlLoop.addressesKeptSeconds, "keep addresses")
        try set(CURLOPT_TCP_NODELAY, 1, "send at once")
        try set(CURLOPT_TCP_KEEPALIVE, 1, "notice dead peers")
        // Below the 60 seconds that servers commonly keep an idle connection.
        try set(CURLOPT_MAXAGE_CONN, 55, "drop idle connections")
        // New addresses and new certificates are seen after a while.
        try set(CURLOPT_MAXLIFETIME_CONN, 300, "renew connections")
    }

    private func setFields(_ lines: [String]) throws(Failure) {
        for line in lines {
            guard let longer = curl_slist_append(fieldList, line) else {
                throw Failure(code: CURLE_OUT_OF_MEMORY, doing: "list the fields")
            }
            fieldList = longer
        }
        try check(ccurl_setopt_pointer(raw, CURLOPT_HTTPHEADER, fieldList), "set the fields")
    }

    /// The table of running transfers keeps `transfer` alive for as long as libcurl may call back.
    private func setCallbacks(_ transfer: Transfer) throws(Failure) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        let onBody: curl_write_callback = { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            switch transfer.receiveBody(UnsafeBufferPointer(start: bytes, count: size * count)) {
            case .taken: return size * count
            case .pause: return Int(CURL_WRITEFUNC_PAUSE)
            case .refuse: return 0
            }
        }
        let onLine: curl_write_callback = { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let line = UnsafeBufferPointer(start: UnsafePointer(bytes), count: size * count)
            return transfer.receiveLine(line) ? size * count : 0
        }
        let onSocket: curl_sockopt_callback = { context, socket, _ in
            // Not for child processes: one would keep the connection open after us.
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue().report(.hasSocket) }
            return Int32(CURL_SOCKOPT_OK)
        }
        let onLookup: curl_resolver_start_callback = { _, _, context in
            context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue().report(.startsLookup) }
            return 0
        }
        let onRequest: curl_prereq_callback = { context, _, _, _, _ in
            context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue().report(.sendsRequest) }
            return Int32(CURL_PREREQFUNC_OK)
        }
        try check(ccurl_set_write(raw, onBody, context), "set the body callback")
        try check(ccurl_set_header(raw, onLine, context), "set the head callback")
        try check(ccurl_set_socket_made(raw, onSocket, context), "set the socket callback")
        try check(ccurl_set_lookup_start(raw, onLookup, context), "set the lookup callback")
        try check(ccurl_set_before_request(raw, onRequest, context), "set the request callback")
    }

    private func set(_ option: CURLoption, _ value: Int, _ doing: StaticString) throws(Failure) {
        try check(ccurl_setopt_long(raw, option, value), doing)
    }
    private func set(_ option: CURLoption, _ value: String, _ doing: StaticString) throws(Failure) {
        // libcurl copies text, so the borrowed pointer may die here.
        try check(value.withCString { ccurl_setopt_pointer(raw, option, $0) }, doing)
    }
    private func check(_ code: CURLcode, _ doing: StaticString) throws(Failure) {
        guard code == CURLE_OK else { throw Failure(code: code, doing: doing) }
    }
    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_getinfo_long(raw, info, &value) == CURLE_OK ? value : 0
    }
    private func time(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return ccurl_getinfo_offset(raw, info, &value) == CURLE_OK ? Int64(value) : 0
    }
}
