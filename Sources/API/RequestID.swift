import Cryptography
import Inbound

/// What a request is called in logs, problems and `X-Request-Id`.
enum RequestID {
    /// The caller's own when it sent exactly one that is 1 to 64 letters, digits, `.`, `_` or `-`; else a new one.
    static func of(_ request: InboundRequest?) -> String {
        let given = request?.fields.filter { $0.name == "x-request-id" } ?? []
        if given.count == 1, isSane(given[0].value) { return given[0].value }
        // Only a name: without randomness the answer still goes out.
        return (try? randomBytes(12)).map { hex($0) } ?? "unnamed"
    }

    private static func isSane(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
