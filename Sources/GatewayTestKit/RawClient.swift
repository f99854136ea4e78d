import Glibc

/// An HTTP client that sends exactly the bytes it is given, well-formed or not.
///
/// Its calls block: use it inside `onThread`, one thread at a time. Each wait ends after `patience`, so that a test
/// that would hang fails instead.
package final class RawClient: @unchecked Sendable {  // handed from one `onThread` to the next, never shared
    package struct Failure: Error, CustomStringConvertible {
        package let doing: String
        package let code: Int32
        package var description: String { "\(doing): \(code == 0 ? "no time left" : String(cString: strerror(code)))" }
    }
    /// The peer closed before the answer was whole; what had come is kept.
    package struct ShortAnswer: Error {
        package let received: [UInt8]
    }
    private let descriptor: Int32
    private let patienceMilliseconds: Int32
    private var received: [UInt8] = []
    private var isClosed = false

    /// `receiveBuffer` in bytes: a small one, left unread, makes the peer wait early.
    package init(port: UInt16, receiveBuffer: Int32? = nil, patience: Duration = .seconds(120)) throws {
        patienceMilliseconds = Int32(clamping: patience.components.seconds * 1000)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(doing: "open a socket", code: errno) }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(doing: "connect", code: errno) }
    }
    deinit { if !isClosed { close(descriptor) } }

    /// Ends the connection in order (FIN).
    package func closeNow() {
        guard !isClosed else { return }
        isClosed = true
        close(descriptor)
    }
    /// Ends the connection with RST.
    package func reset() {
        var abrupt = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
        closeNow()
    }
    /// Says that nothing more will be sent, and goes on reading.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }
    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(doing: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// The next answer. `toHead`: it answers a `HEAD`, so no body follows whatever its fields say.
    package func readAnswer(toHead: Bool = false) throws -> RawAnswer {
        let head = try readHead()
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw ShortAnswer(received: Array(head.utf8))
        }
        var fields: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw ShortAnswer(received: Array(head.utf8)) }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.append((line[..<colon].lowercased(), String(value)))
        }
        func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        if toHead || status == 204 || status == 304 || status < 200 {
            return RawAnswer(status: status, fields: fields, body: [], framing: .none)
        }
        if field("transfer-encoding") == "chunked" {
            return RawAnswer(status: status, fields: fields, body: try readChunks(), framing: .chunked)
        }
        if let length = field("content-length").flatMap({ Int($0) }) {
            return RawAnswer(status: status, fields: fields, body: try take(length), framing: .length)
        }
        return RawAnswer(status: status, fields: fields, body: try readToEnd(), framing: .untilClose)
    }
    /// Everything up to the end of the connection. A reset ends it as well.
    package func readToEnd() throws -> [UInt8] {
        while try receive() {}
        defer { received = [] }
        return received
    }
    /// What has come and was not read yet, head and framing included; waits for something. Empty at the end of the
    /// connection.
    package func readPiece() throws -> [UInt8] {
        if received.isEmpty, try !receive() { return [] }
        defer { received = [] }
        return received
    }
    /// True when the peer ends the connection without sending one more byte.
    package func isEnded() throws -> Bool { try received.isEmpty && !receive() }

    // MARK: - Bytes

    private func readHead() throws -> String {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if received.count >= end.count {
                for index in searched...(received.count - end.count)
                where received[index..<(index + 4)].elementsEqual(end) {
                    let head = String(decoding: received[..<index], as: UTF8.self)
                    received.removeFirst(index + 4)
                    return head
                }
                searched = received.count - end.count + 1
            }
            guard try receive() else { throw ShortAnswer(received: received) }
        }
    }
    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            while !received.contains(0x0a) { guard try receive() else { throw ShortAnswer(received: body) } }
            let line = received.prefix { $0 != 0x0d }
            guard let count = Int(String(decoding: line, as: UTF8.self), radix: 16) else {
                throw ShortAnswer(received: body)
            }
            received.removeFirst(line.count + 2)
            let chunk = try take(count + 2)
            body += chunk.dropLast(2)
            if count == 0 { return body }
        }
    }
    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard try receive() else { throw ShortAnswer(received: received) }
        }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }
    /// False at the end of the connection.
    private func receive() throws -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&entry, 1, patienceMilliseconds)
        guard ready > 0 else { throw Failure(doing: "wait for the peer", code: ready == 0 ? 0 : errno) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { received += buffer.prefix(count) }
        if count < 0, errno != ECONNRESET { throw Failure(doing: "receive", code: errno) }
        return count > 0
    }
}

extension RawClient {
    /// One answer to one request, on a connection of its own.
    package static func ask(_ request: String, port: UInt16) async throws -> RawAnswer {
        try await onThread {
            let client = try RawClient(port: port)
            try client.send(request)
            return try client.readAnswer(toHead: request.hasPrefix("HEAD "))
        }
    }
    package static func get(_ target: String, port: UInt16) async throws -> RawAnswer {
        try await ask("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n", port: port)
    }
}
