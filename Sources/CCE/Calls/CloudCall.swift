import Signing

/// One read-only call to the cloud, before it is signed.
struct CloudCall: Sendable {
    var endpoint: Endpoint
    /// Percent-encoded.
    var path: String
    /// Decoded.
    var query: [(name: String, value: String)] = []
    var projectID: String?
    var key: AdmittedKey
    var timeout: Duration

    /// Joins segments with `/`, each percent-encoded. Nil when one cannot be told apart in a path: empty, `.`, `..`, or
    /// with a `/`, which the signature takes for a separator even when it is encoded; the cloud has no such names.
    static func path(_ segments: [String]) -> String? {
        var path: [UInt8] = []
        path.reserveCapacity(segments.reduce(0) { $0 + 1 + $1.utf8.count })
        for segment in segments {
            if segment.isEmpty || segment == "." || segment == ".." || segment.utf8.contains(UInt8(ascii: "/")) {
                return nil
            }
            path.append(UInt8(ascii: "/"))
            PercentEncoding.append(segment.utf8, to: &path)
        }
        return String(decoding: path, as: UTF8.self)
    }
}
