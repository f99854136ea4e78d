import Cryptography
import Inbound
import Locking

/// What a request is called in logs, problems and `X-Request-Id`.
enum RequestID {
    /// The caller's own when it sent exactly one that is 1 to 64 letters, digits, `.`, `_` or `-`; else a new one.
    static func of(_ request: InboundRequest?) -> String {
        let given = request?.fields.filter { $0.name == "x-request-id" } ?? []
        if given.count == 1, isSane(given[0].value) { return given[0].value }
        return made()
    }

    /// A count, scattered by a random start, behind a random beginning: no two requests share a name, two processes do
    /// not either, and it tells nobody how many there were. Only a name: it opens nothing, and without randomness
    /// answers still go out.
    private static func made() -> String {
        var word = last.withLock { last -> UInt64 in
            last &+= 0x9E37_79B9_7F4A_7C15
            return last
        }
        // Undoable steps, so that different counts stay different (the finalizer of SplitMix64).
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        return beginning + hex((0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) })
    }
    private static let beginning = (try? randomBytes(4)).map { hex($0) } ?? "unnamed-"
    private static let last = Lock(UInt64.random(in: 0...UInt64.max))

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
