import CMicroHTTPD
import Locking
import Timing

// Turning an `InboundResponse` into one of libmicrohttpd's and queueing it; on the thread that owns the connection.
extension ServerCore {
    /// Memory of one connection: the whole head of a request, its fields at 64 bytes each, and the head of the
    /// answer must fit. Touched whole by the first request, so that 4,096 kept connections hold 128 MiB.
    static let connectionBytes = 32 << 10

    /// Refusals close the connection: after most of them nobody knows where the next request begins.
    func refuse(_ exchange: Exchange, on connection: LibraryConnection, because refusal: Refusal) -> MHD_Result {
        var response = handler.refusal(refusal, of: exchange.request)
        response.closesConnection = true
        if case .queued = queue(response, of: exchange, on: connection) { return .YES }
        // Not even that one can be sent.
        let bare = InboundResponse(status: 500, closesConnection: true)
        if case .queued = queue(bare, of: exchange, on: connection) { return .YES }
        return .NO
    }
    func answer(_ exchange: Exchange, on connection: LibraryConnection, with response: InboundResponse) -> MHD_Result {
        switch queue(response, of: exchange, on: connection) {
        case .queued: .YES
        case .refused(let refusal): refuse(exchange, on: connection, because: refusal)
        }
    }

    // MARK: - One answer

    private enum Queueing {
        case queued
        case refused(Refusal)
    }

    private func queue(
        _ response: InboundResponse, of exchange: Exchange, on connection: LibraryConnection
    ) -> Queueing {
        guard (200...599).contains(response.status), response.fields.allSatisfy(AnswerFields.isUsable) else {
            return .refused(.unusableAnswer)
        }
        let (headBytes, isHead) = exchange.state.withLock { ($0.headBytes, $0.request?.method == "HEAD") }
        let room = Self.connectionBytes - headBytes - HeldBody.maxVectors * 16 - 512
        var fields = response.fields.filter(AnswerFields.isForwarded)
        if AnswerFields.byteCount(fields) > room { fields.removeAll(where: AnswerFields.isDispensable) }
        guard AnswerFields.byteCount(fields) <= room else { return .refused(.fieldsTooLarge) }
        let made: OpaquePointer?
        let byteCount: Int
        switch response.body {
        case _ where response.status == 204: (made, byteCount) = (Self.makeEmpty(), 0)
        case .bytes(let bytes):
            guard let held = HeldBody([bytes], budget: budget) else { return .refused(.overloaded) }
            (made, byteCount) = (held.makeResponse(), held.byteCount)
        case .slices(let slices):
            guard let held = HeldBody(slices, budget: budget) else { return .refused(.overloaded) }
            (made, byteCount) = (held.makeResponse(), held.byteCount)
        case .stream where response.status == 304: (made, byteCount) = (Self.makeEmpty(), 0)
        case .stream(let stream):
            let pull = StreamPull(stream, on: connection, watched: exchange.connection, core: self)
            (made, byteCount) = (pull.makeResponse(), 0)
            // 0.9.75 ends the answer to a HEAD whose body would be chunked with a last chunk all the same, which
            // the peer would take for the next answer. Framed by the end of the connection it sends none.
            if isHead, let made { _ = cmhd_frame_by_close(made) }
        }
        guard let made else { return .refused(.overloaded) }
        defer { MHD_destroy_response(made) }
        // First, for it makes 0.9.75 forget that a `Date` was given, and send its own as well.
        if response.closesConnection || isDraining { MHD_add_response_header(made, "Connection", "close") }
        for field in fields where MHD_add_response_header(made, field.name, field.value) != .YES {
            return .refused(.unusableAnswer)
        }

        // Before queueing, which may send all of it and complete the request.
        let now = time.uptime
        guard exchange.connection.watch.withLock({ $0.enter(.sending(since: now, bytes: byteCount)) }) else {
            return .refused(.unusableAnswer)
        }
        exchange.state.withLock { state in
            state.stage = .answered
            state.status = response.status
            state.route = response.route
            state.requestID = response.requestID
            state.bodyBytes = byteCount
        }
        return MHD_queue_response(connection.raw, UInt32(response.status), made) == .YES
            ? .queued : .refused(.unusableAnswer)
    }
    private static func makeEmpty() -> OpaquePointer? {
        MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    }
}

/// Which fields of a handler go out.
enum AnswerFields {
    /// False for what could begin a field, or a body, of someone else's making.
    static func isUsable(_ field: (name: String, value: String)) -> Bool {
        !field.name.isEmpty && holds(field.name, HeadRules.isTokenByte)
            && holds(field.value) { $0 >= 0x20 && $0 != 0x7f }
    }
    /// Whether all bytes are such; over the bytes where they stand, since every answer comes by.
    private static func holds(_ text: String, _ isSuch: (UInt8) -> Bool) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isSuch) } ?? text.utf8.allSatisfy(isSuch)
    }
    /// False for those that the server sets by itself, and for empty ones, which libmicrohttpd does not take. A
    /// `Date` goes out as it is: libmicrohttpd sets its own only where there is none.
    static func isForwarded(_ field: (name: String, value: String)) -> Bool {
        guard !field.value.isEmpty else { return false }
        // Every field of every answer comes by: most are told by their length alone.
        let length = field.name.utf8.count
        guard length == 10 || length == 14 || length == 17 else { return true }
        return switch field.name.lowercased() {
        case "connection", "content-length", "keep-alive", "transfer-encoding": false
        default: true
        }
    }
    /// True for those that are left out where the connection's memory has no room for them: a link that repeats a long
    /// question. A complete answer without it is worth more than a refusal.
    static func isDispensable(_ field: (name: String, value: String)) -> Bool { field.name.lowercased() == "link" }

    /// In a head.
    static func byteCount(_ fields: [(name: String, value: String)]) -> Int {
        fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}
