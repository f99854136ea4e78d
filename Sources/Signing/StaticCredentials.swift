import Cryptography
import Locking
import Settings

/// Why a reference gave no bytes. The text may name the file or variable, never what is in it.
package struct UnreadableSecret: Error, Equatable, Sendable {
    package let detail: String
    package init(_ detail: String) { self.detail = detail }
}

/// The configured credentials, as their files and variables were at the last `reload`.
package final class StaticCredentials: CredentialProvider {
    /// Gives the bytes as they are in the file or variable.
    package typealias Reader = @Sendable (SecretReference) -> Result<[UInt8], UnreadableSecret>

    private let configs: [CredentialConfig]
    private let read: Reader
    private let held = Lock<[String: Credential]>([:])

    /// Holds nothing until the first `reload`.
    package init(_ configs: [CredentialConfig], read: @escaping Reader) {
        self.configs = configs
        self.read = read
    }

    package func credential(named name: String) -> Credential? { held.withLock { $0[name] } }

    /// Reads everything again; not on the cooperative pool, since files may be slow. A credential of which one part
    /// cannot be read or used stays as it was, whole: a new access key with an old secret would sign calls that the
    /// cloud counts as failures. At the start that means that it is not there.
    package func reload() -> [Problem] {
        var problems: [Problem] = []
        for config in configs {
            guard let fresh = credential(of: config, problems: &problems) else { continue }
            held.withLock { held in
                if held[config.name] != fresh { held[config.name] = fresh }  // else the prepared key stays
            }
        }
        return problems
    }

    private func credential(of config: CredentialConfig, problems: inout [Problem]) -> Credential? {
        let accessKey = part(config.accessKey, .accessKey, of: config, problems: &problems)
        let secretKey = part(config.secretKey, .secretKey, of: config, problems: &problems)
        var securityToken: SecretBytes?
        if let reference = config.securityToken {
            securityToken = part(reference, .securityToken, of: config, problems: &problems)
            if securityToken == nil { return nil }
        }
        guard let accessKey, let secretKey else { return nil }
        return Credential(
            accessKey: accessKey.revealed(), secretKey: Secret(secretKey),
            securityToken: securityToken.map { Secret($0) })
    }

    private enum Part: String {
        case accessKey, secretKey, securityToken

        /// Keys have 20 and 40 characters today, tokens some thousands; the API gateway takes fields up to 32 KiB.
        var byteLimit: Int { self == .securityToken ? 32 * 1024 : 256 }
    }

    private func part(
        _ reference: SecretReference, _ part: Part, of config: CredentialConfig, problems: inout [Problem]
    ) -> SecretBytes? {
        func report(_ detail: String) {
            problems.append(Problem(path: "\(config.path).\(part.rawValue)", detail: "\(reference.source) \(detail)"))
        }
        var bytes: [UInt8]
        switch read(reference) {
        case .failure(let reason):
            report(reason.detail)
            return nil
        case .success(let found): bytes = found
        }
        defer { wipe(&bytes) }
        let text = bytes[..<(bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0)]
        guard !text.isEmpty else {
            report("is empty")
            return nil
        }
        guard text.count <= part.byteLimit else {
            report("has more than \(part.byteLimit) bytes")
            return nil
        }
        // Anything else in a field or a signature would be refused by the cloud, five times before it locks the key.
        guard text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            report("contains blanks, line breaks or characters that are not printable ASCII")
            return nil
        }
        return SecretBytes(text)
    }
}

extension SecretReference {
    /// For a problem's text: where to look.
    fileprivate var source: String {
        switch self {
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        }
    }
}
