import Outbound
import Settings

extension Section {
    /// Scheme, host and port, without a slash at the end; https when there is no scheme. Of http only what is near.
    func endpoint(_ key: String, shownDefault: String? = nil) -> String? {
        guard var text = string(key, shownDefault: shownDefault) else { return nil }
        if !text.contains("://") { text = "https://\(text)" }
        if text.hasSuffix("/") { text.removeLast() }
        guard let origin = Origin(of: text), text.lowercased() == origin.description else {
            report("must be https://host, with a port if need be, without user, path or query", at: key)
            return nil
        }
        guard origin.isSecure || PlainHTTP.isNear(origin) else {
            report("http:// is taken for loopback and 169.254.0.0/16 alone", at: key)
            return nil
        }
        return origin.description
    }
}
