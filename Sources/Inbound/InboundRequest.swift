/// A request whose head is whole and well-formed and which has no body. What reaches a handler is never less.
package struct InboundRequest: Sendable {
    /// `GET`, `HEAD`, …: a token (RFC 9110 §5.6.2), as sent.
    package let method: String
    /// Decoded segments of the path: `/v1/releases/a%2Fb` is `["v1", "releases", "a/b"]`; `/` is `[""]`.
    package let path: [String]
    /// The path as sent, without the query; for problem `instance`s.
    package let rawPath: String
    /// Decoded names and values in the order sent, `+` as a space. A name without `=` has an empty value.
    package let query: [(name: String, value: String)]
    /// The query as sent, without `?`; nil when there is none.
    package let rawQuery: String?
    /// Names in lower case, in the order sent.
    package let fields: [(name: String, value: String)]
    /// False for HTTP/1.0, which knows no chunks: the end of the connection ends a stream there.
    package let isHTTP11: Bool
    /// Address of the peer, without the port; for logs.
    package let peer: String
    /// When its head was whole, by `TimeSource.uptime`.
    package let arrivedAt: Duration

    package init(
        method: String, path: [String], rawPath: String, query: [(name: String, value: String)] = [],
        rawQuery: String? = nil, fields: [(name: String, value: String)] = [], isHTTP11: Bool = true,
        peer: String = "127.0.0.1", arrivedAt: Duration = .zero
    ) {
        self.method = method
        self.path = path
        self.rawPath = rawPath
        self.query = query
        self.rawQuery = rawQuery
        self.fields = fields
        self.isHTTP11 = isHTTP11
        self.peer = peer
        self.arrivedAt = arrivedAt
    }
    /// The first field of that name, which must be given in lower case.
    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
