/// What vendors carry along with a trace (W3C Trace Context §3.3): read strictly, passed on as it came, never written.
enum TraceState {
    /// What is passed on at least; we pass on no more, and nothing rather than a part.
    private static let byteLimit = 512
    private static let memberLimit = 32

    /// All `tracestate` fields as one list, without its empty members; nil when any member breaks a rule or a key stands
    /// twice.
    static func checked(_ fields: some Sequence<String>) -> String? {
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for field in fields {
            for element in field.split(separator: ",", omittingEmptySubsequences: true) {
                let member = trimmed(element)
                if member.isEmpty { continue }
                guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]),
                    isValue(member[member.index(after: equals)...]), keys.insert(member[..<equals]).inserted
                else { return nil }
                members.append(member)
            }
        }
        guard members.count <= memberLimit else { return nil }
        let list = members.joined(separator: ",")
        return list.utf8.count <= byteLimit ? list : nil
    }

    /// `vendor`, or `tenant@vendor`.
    private static func isKey(_ key: Substring) -> Bool {
        let parts = key.split(separator: "@", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isPart(parts[0], limit: 256) { (0x61...0x7A).contains($0) }
        case 2:
            return isPart(parts[0], limit: 241) { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
                && isPart(parts[1], limit: 14) { (0x61...0x7A).contains($0) }
        default: return false
        }
    }
    private static func isPart(_ part: Substring, limit: Int, first: (UInt8) -> Bool) -> Bool {
        guard let initial = part.utf8.first, part.utf8.count <= limit, first(initial) else { return false }
        return part.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D, 0x2A, 0x2F: true  // letters, digits, _ - * /
            default: false
            }
        }
    }
    /// Printable ASCII without `,` and `=`, not ending with a blank.
    private static func isValue(_ value: Substring) -> Bool {
        guard let last = value.utf8.last, last != 0x20, value.utf8.count <= 256 else { return false }
        return value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }
    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let bytes = text.utf8
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return text[first...last]
    }
}
