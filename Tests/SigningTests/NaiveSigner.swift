import Cryptography
import Foundation

/// The rules of cce-api §6.1 a second time, as slowly and as literally as they are written there, on Foundation's
/// strings and with an HMAC made of two hashes.
enum NaiveSigner {
    static func canonicalRequest(
        method: String, path: String, query: [(String, String)], headers: [(String, String)], body: String
    ) -> String {
        let decoded = path.removingPercentEncoding ?? path
        var uri = decoded.components(separatedBy: "/").map(encode).joined(separator: "/")
        if !uri.hasSuffix("/") { uri += "/" }
        // Code points compare like UTF-8 bytes.
        let pairs = query.sorted { left, right in
            let (name, other) = (left.0.unicodeScalars.map(\.value), right.0.unicodeScalars.map(\.value))
            if name != other { return name.lexicographicallyPrecedes(other) }
            return left.1.unicodeScalars.map(\.value).lexicographicallyPrecedes(right.1.unicodeScalars.map(\.value))
        }
        let signed = headers.filter { !$0.0.contains("_") }
            .map { ($0.0.lowercased(), $0.1.trimmingCharacters(in: .whitespaces)) }.sorted { $0.0 < $1.0 }
        return [
            method.uppercased(), uri, pairs.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&"),
            signed.map { "\($0.0):\($0.1)\n" }.joined(), signed.map(\.0).joined(separator: ";"),
            hexadecimal(sha256(body.utf8)),
        ].joined(separator: "\n")
    }
    static func signature(of canonicalRequest: String, date: String, secretKey: String) -> String {
        let message = "SDK-HMAC-SHA256\n\(date)\n\(hexadecimal(sha256(canonicalRequest.utf8)))"
        var key = Array(secretKey.utf8)
        if key.count > 64 { key = sha256(key) }
        key += [UInt8](repeating: 0, count: 64 - key.count)
        let inner = sha256(key.map { $0 ^ 0x36 } + Array(message.utf8))
        return hexadecimal(sha256(key.map { $0 ^ 0x5C } + inner))
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
    static func encode(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }
    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String(format: "%02x", Int($0)) }.joined()
    }
}
