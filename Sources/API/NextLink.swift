/// `Link: <…>; rel="next"` (RFC 8288): the same question with the next page's token, as a path on this host.
enum NextLink {
    static func value(path: String, query: [(name: String, value: String)], token: String) -> String {
        var target = "<\(path)?"
        for item in query where item.name != "page_token" {
            append(item.name, to: &target)
            target += "="
            append(item.value, to: &target)
            target += "&"
        }
        // A token is made of letters that need no encoding.
        return target + "page_token=\(token)>; rel=\"next\""
    }

    static func encoded(_ text: String) -> String {
        var target = ""
        append(text, to: &target)
        return target
    }

    /// All but the unreserved characters as octets (RFC 3986 §2.1), so that nothing depends on what `+` means.
    private static func append(_ text: String, to target: inout String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                target.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                target += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }
}
