/// What `Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…` says (cce-api §6.1).
package struct SignatureClaim: Sendable, Equatable {
    package let accessKey: String
    /// As they stand there; they must be in lower case to be found.
    package let signedNames: [String]
    /// 64 hex digits in lower case, if it is one.
    package let signature: String

    /// Whether the field is of this scheme at all, whatever follows.
    package static func isNamed(by field: String) -> Bool { field.hasPrefix(prefix) }

    /// Nil for any other form: the three parts in any order, each once.
    package init?(_ field: String) {
        guard Self.isNamed(by: field) else { return nil }
        var parts: [Substring: Substring] = [:]
        for part in field.dropFirst(Self.prefix.count).split(separator: ",") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, parts.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
        }
        guard parts.count == 3, let accessKey = parts["Access"], let names = parts["SignedHeaders"],
            let signature = parts["Signature"]
        else { return nil }
        self.accessKey = String(accessKey)
        signedNames = names.split(separator: ";").map(String.init)
        self.signature = String(signature)
    }

    private static let prefix = "\(CanonicalRequest.algorithm) "
}
