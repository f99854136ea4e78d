/// One HTTP answer as it came over the wire.
package struct RawAnswer: Sendable {
    package let status: Int
    /// Names in lower case, in the order sent.
    package let fields: [(name: String, value: String)]
    /// Decoded, when it came in chunks.
    package let body: [UInt8]
    /// It came in chunks, or was ended by the end of the connection, or had its length said, or has none.
    package let framing: Framing
    package enum Framing: Sendable { case chunked, untilClose, length, none }

    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    package var text: String { String(decoding: body, as: UTF8.self) }
    package var closes: Bool { field("connection")?.lowercased() == "close" }
}
