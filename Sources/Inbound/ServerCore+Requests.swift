import CMicroHTTPD
import Glibc
import Locking
import Timing

// What libmicrohttpd's callbacks do, on the thread that owns the connection: nothing here may block.
//
// The order for one request: request line → access (the head is whole; refusals are answered here, which makes
// libmicrohttpd close) → access again (the handler) → perhaps suspended, settled, access once more → completed.
extension ServerCore {
    /// Called with the target as it stands in libmicrohttpd's buffer, ended by NUL.
    func requestLineRead(_ target: UnsafePointer<CChar>?, on connection: Connection) -> Exchange {
        let now = time.uptime
        connection.watch.withLock { $0.requestLineRead(now: now, limits: options) }
        let length = target.map { strlen($0) } ?? 0
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            if let target, let start = buffer.baseAddress { memcpy(start, target, length) }
            count = length
        }
        if let target, let mark = bytes.firstIndex(of: UInt8(ascii: "?")) {
            // libmicrohttpd goes on to split the query into items of its own, 64 bytes each, and when some 450 of
            // them have used up the connection's memory it hangs or closes without a word. We have our copy, so it
            // is shown an empty query: one NUL into its own buffer, behind the question mark that it found before.
            UnsafeMutablePointer(mutating: target)[mark + 1] = 0
        }
        return Exchange(connection: connection, tally: tally, target: bytes, address: UInt(bitPattern: target))
    }

    func access(
        _ exchange: Exchange, on connection: LibraryConnection, method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) -> MHD_Result {
        switch exchange.state.withLock({ $0.stage }) {
        case .requestLine(let target, let address):
            // A NUL ends a text early, and blanks between the parts are skipped: then one part does not follow where
            // the one before it ends.
            let isWhole =
                UInt(bitPattern: method) &+ UInt(strlen(method)) &+ 1 == address
                && address &+ UInt(target.count) &+ 1 == UInt(bitPattern: version)
            return receive(
                exchange, on: connection, method: String(cString: method),
                isHTTP11: String(cString: version) != "HTTP/1.0", target: isWhole ? target : nil)
        case .accepted: return ask(exchange, on: connection)
        case .settled(.response(let response)): return answer(exchange, on: connection, with: response)
        case .settled(.refusal(let refusal)): return refuse(exchange, on: connection, because: refusal)
        case .settled(.gone), .waiting, .answered: return .NO  // closes the connection
        }
    }

    /// The head is whole.
    private func receive(
        _ exchange: Exchange, on connection: LibraryConnection, method: String, isHTTP11: Bool, target bytes: [UInt8]?
    ) -> MHD_Result {
        let now = time.uptime
        guard exchange.connection.watch.withLock({ $0.enter(.handling) }) else { return .NO }
        tally.begin()
        exchange.state.withLock { $0.began = now }

        var rules = HeadRules()
        withUnsafeMutablePointer(to: &rules) { rules in
            _ = MHD_get_connection_values_n(
                connection.raw, .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    guard let context, let name else { return .NO }
                    context.assumingMemoryBound(to: HeadRules.self).pointee.add(
                        name: UnsafeRawBufferPointer(start: name, count: nameCount),
                        value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
                    return .YES
                }, rules)
        }
        let headBytes = rules.byteCount + rules.fields.count * 64 + (bytes?.count ?? 0)
        exchange.state.withLock { $0.headBytes = headBytes }

        guard let bytes else {
            return refuse(
                exchange, on: connection, because: .badRequest("the request line holds a NUL or a blank too many"))
        }
        let target: RequestTarget
        do {
            target = try RequestTarget.parse(bytes)
        } catch {
            return refuse(exchange, on: connection, because: error)
        }
        let request = InboundRequest(
            method: method, path: target.path, rawPath: target.rawPath, query: target.query, rawQuery: target.rawQuery,
            fields: rules.fields, isHTTP11: isHTTP11, peer: exchange.connection.peer, arrivedAt: now)
        exchange.state.withLock { state in
            state.request = request
            state.stage = .accepted
        }
        if let refusal = rules.refusal(method: method, isHTTP11: isHTTP11, target: target) {
            return refuse(exchange, on: connection, because: refusal)
        }
        return .YES
    }

    private func ask(_ exchange: Exchange, on connection: LibraryConnection) -> MHD_Result {
        guard let request = exchange.request else { return .NO }
        switch handler.answerNow(request) {
        case .respond(let response): return answer(exchange, on: connection, with: response)
        case .later: break
        }
        guard tally.reserveSuspension(limit: options.maxSuspended, queues: true) else {
            return refuse(exchange, on: connection, because: .overloaded)
        }
        guard exchange.connection.watch.withLock({ $0.enter(.waiting(exchange)) }) else {
            tally.change {
                $0.suspended -= 1
                $0.queued -= 1
            }
            return .NO
        }
        MHD_suspend_connection(connection.raw)  // before the stage is `waiting`: from then on anyone may resume it
        exchange.state.withLock { state in
            let deadline = (state.began ?? time.uptime) + options.requestTimeout
            state.stage = .waiting(connection, deadline: deadline, waiter: nil)
            state.isQueued = true
        }
        // A stop since the reservation has not seen this one; and where `run` is over there is nobody to answer.
        if tally.isStopping {
            exchange.settle(.refusal(.overloaded))
        } else if case .enqueued = queueEnd.yield(exchange) {
        } else {
            exchange.settle(.refusal(.overloaded))
        }
        return .YES
    }

    func completed(_ exchange: Exchange, code: MHD_RequestTerminationCode) {
        let now = time.uptime
        exchange.connection.watch.withLock { $0.requestCompleted(now: now) }
        // Taken and not copied: nobody asks for it any more.
        let state = exchange.state.withLock { state in
            defer { state.request = nil }
            return state
        }
        guard let began = state.began else { return }
        if let onCompleted {
            let outcome: CompletedRequest.Outcome =
                switch code {
                case .REQUEST_TERMINATED_COMPLETED_OK: .sent
                case .REQUEST_TERMINATED_DAEMON_SHUTDOWN: .serverStopped
                default: .cut
                }
            onCompleted(
                CompletedRequest(
                    request: state.request, status: state.status, duration: now - began, outcome: outcome,
                    route: state.route, requestID: state.requestID, bodyBytes: state.bodyBytes))
        }
        tally.change { $0.inFlight -= 1 }
    }
}
