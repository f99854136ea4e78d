import Simulation

extension RawPeer {
    /// Plays whoever issues credentials, on a port: what `SimulatedIdentity` answers, over HTTP/1.1.
    package convenience init(playing identity: SimulatedIdentity) throws {
        let answer: @Sendable (Request) -> [UInt8]? = { request in
            identity.answer(SimulatedIdentity.Request(request)).map(Self.bytes(of:))
        }
        try self.init { _ in [.readRequest, .respond(answer), .again] }
    }

    private static func bytes(of answer: SimulatedIdentity.Answer) -> [UInt8] {
        let fields = answer.fields + [("Content-Length", "\(answer.body.count)")]
        let head = "HTTP/1.1 \(answer.status) Simulated\r\n" + fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("\(head)\r\n".utf8) + answer.body
    }
}

extension SimulatedIdentity.Request {
    fileprivate init(_ request: RawPeer.Request) {
        let words = (request.lines.first ?? "").split(separator: " ").map(String.init)
        let fields = request.lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (name: parts[0].lowercased(), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        self.init(
            method: words.first ?? "", target: words.count > 1 ? words[1] : "/",
            host: request.field("Host") ?? "", fields: fields, body: request.body)
    }
    /// - Parameter target: path and query as sent.
    init(
        method: String, target: String, host: String, fields: [(name: String, value: String)], body: [UInt8]
    ) {
        let parts = target.split(separator: "?", maxSplits: 1)
        let query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (name: halves[0], value: halves.count > 1 ? halves[1] : "")
        }
        self.init(
            method: method, host: host, path: String(parts.first ?? "/"), query: query, fields: fields, body: body)
    }
}
