import Compression

/// The codings of a body that a client takes (RFC 9110 §12.5.3).
struct AcceptEncoding: Equatable {
    /// The one it would rather have than the plain body; nil when it takes none of ours or would rather not.
    let preferred: ContentCoding?
    let takesIdentity: Bool

    /// Reads all `Accept-Encoding` fields. Without any, everything is taken and nothing is asked for: plain.
    init(_ fields: [(name: String, value: String)]) {
        var weights: [String: Int] = [:]
        var isGiven = false
        for field in fields where field.name == "accept-encoding" {
            isGiven = true
            for element in field.value.split(separator: ",") {
                let pieces = element.split(separator: ";", omittingEmptySubsequences: false)
                let name = pieces[0].trimmed.lowercased()
                if name.isEmpty { continue }
                // An old name of the same (RFC 9110 §8.4.1.3).
                weights[name == "x-gzip" ? "gzip" : name] = QualityValue.of(parameters: pieces.dropFirst())
            }
        }
        guard isGiven else {
            (preferred, takesIdentity) = (nil, true)
            return
        }
        let others = weights["*"]
        let identity = weights["identity"] ?? others
        takesIdentity = identity != 0
        // Of equal weight the first: zstd costs less and comes out smaller.
        var best: (coding: ContentCoding, weight: Int)?
        for coding in ContentCoding.allCases {
            let weight = weights[coding.rawValue] ?? others ?? 0
            if weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        // Named by itself, the plain body is weighed too; by the asterisk or not at all, it is what remains.
        if let best, best.weight >= weights["identity"] ?? 0 { preferred = best.coding } else { preferred = nil }
    }

    /// Nothing that we could send is taken.
    var refusesAll: Bool { preferred == nil && !takesIdentity }
}
