/// Makes the cloud's text fit for an operator's eyes: nothing that echoes our request, no keys, no control characters.
enum DetailText {
    static let limit = 300

    /// From the first of these on, a text repeats what we sent (APIGW.0301 has been seen to quote the whole canonical
    /// request) or brings something opaque.
    private static let echoes = [
        "canonicalrequest", "canonical request", "stringtosign", "string to sign", "authorization", "x-sdk-", "x-auth-",
        "x-security-", "x-project-", "signedheaders", "signature=", "signature:", "access=", "sdk-hmac",
        "encoded_authorization", "host:",
    ]

    static func scrub(_ text: String, accessKey: String? = nil) -> String {
        // Beyond this nothing can be shown anyway.
        var bytes = text.utf8.prefix(4096).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        var end = bytes.count
        for echo in echoes { end = min(end, firstIndex(of: Array(echo.utf8), in: lower) ?? end) }
        bytes.removeLast(bytes.count - end)
        // Bytes cut in the middle of a character become U+FFFD, which is dropped. C1 controls and the marks that turn
        // text around are no text either.
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { scalar in
            scalar != "\u{FFFD}" && !(0x80...0x9F).contains(scalar.value) && !(0x2028...0x202E).contains(scalar.value)
                && !(0x2066...0x2069).contains(scalar.value)
        }
        var shown = ""
        for word in String(String.UnicodeScalarView(scalars)).split(separator: " ") {
            let masked = maskKeys(word, accessKey: accessKey)
            if shown.utf8.count + masked.utf8.count + 1 > limit { break }
            if !shown.isEmpty { shown += " " }
            shown += masked
        }
        return shown
    }

    /// Replaces what is or looks like an access key, a signature or a token.
    private static func maskKeys(_ word: Substring, accessKey: String?) -> String {
        var masked = ""
        var run = ""
        var hasDigit = false
        var afterAK = false
        func isSecret(_ run: String) -> Bool {
            if run == accessKey || afterAK && run.utf8.count >= 8 { return true }
            return run.utf8.count >= 32 || (run.utf8.count >= 16 && hasDigit)
        }
        func flush() {
            masked += isSecret(run) ? "***" : run
            if !run.isEmpty { afterAK = run.lowercased() == "ak" || run.lowercased() == "accesskey" }
            run = ""
            hasDigit = false
        }
        for scalar in word.unicodeScalars {
            switch scalar {
            case "0"..."9":
                hasDigit = true
                run.unicodeScalars.append(scalar)
            case "a"..."z", "A"..."Z", "+", "_": run.unicodeScalars.append(scalar)
            default:
                flush()
                masked.unicodeScalars.append(scalar)
            }
        }
        flush()
        return masked
    }

    private static func firstIndex(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
            if bytes[start..<start + wanted.count].elementsEqual(wanted) { return start }
        }
        return nil
    }
}
