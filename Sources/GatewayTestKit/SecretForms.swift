import Foundation

/// Looks for secrets in bytes: as they are, in base64 wherever they stand in what was encoded, in hex and URL-encoded.
package struct SecretForms: Sendable {
    private let forms: [(name: String, bytes: Data)]

    /// - Parameter secrets: by what they are; of eight bytes at least.
    package init(_ secrets: [(name: String, text: String)]) {
        forms = secrets.flatMap { secret in
            Self.forms(of: secret.text).map { ("\(secret.name), \($0.key)", Data($0.value.utf8)) }
        }
    }

    /// The names of what is in there.
    package func found(in bytes: Data) -> [String] {
        forms.filter { bytes.range(of: $0.bytes) != nil }.map(\.name)
    }
    package func found(in bytes: [UInt8]) -> [String] { found(in: Data(bytes)) }

    /// Whether one of them is anywhere in the memory that a process can write.
    package func areHeld(by process: pid_t) -> Bool {
        let descriptor = open("/proc/\(process)/mem", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        for line in (fileText("/proc/\(process)/maps") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard words[1].hasPrefix("rw"), ends.count == 2, ends[1] - ends[0] <= 256 << 20 else { continue }
            var bytes = Data(count: Int(ends[1] - ends[0]))
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(ends[0])) }
            if count > 0, !found(in: bytes.prefix(count)).isEmpty { return true }
        }
        return false
    }

    package static func forms(of text: String) -> [String: String] {
        var forms = ["as it is": text]
        let bytes = Array(text.utf8)
        for offset in 0..<3 {
            // The characters that hang on neither neighbour.
            let encoded = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
            let whole = (offset + bytes.count) * 8 / 6
            let inner = String(encoded.prefix(whole).dropFirst((offset * 8 + 5) / 6))
            forms["base64 at \(offset)"] = inner
            forms["base64url at \(offset)"] = inner.replacing("+", with: "-").replacing("/", with: "_")
        }
        let hex = bytes.map { String(format: "%02x", $0) }.joined()
        forms["hex"] = hex
        forms["HEX"] = hex.uppercased()
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        forms["URL-encoded"] = text.addingPercentEncoding(withAllowedCharacters: plain)
        return forms
    }
}
