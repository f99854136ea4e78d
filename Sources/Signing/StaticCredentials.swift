import Cryptography
import Locking
import Settings

/// The configured credentials, as their files and variables were at the last `reload`.
package final class StaticCredentials: CredentialProvider {
    /// Gives what is in the file or variable, without line breaks at its end; `SecretReader().read` is the real one.
    package typealias Reader = @Sendable (SecretReference) throws(SecretUnreadable) -> Secret

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

    /// Its parts are read until twice the same comes: with files that are replaced one after the other, or by a turned
    /// link while they are read, the parts of one reading may be of two keys.
    private func credential(of config: CredentialConfig, problems: inout [Problem]) -> Credential? {
        var before: (credential: Credential?, problems: [Problem])?
        for _ in 0..<Self.readings {
            var found: [Problem] = []
            let credential = credentialOnce(of: config, problems: &found)
            if let before, before == (credential, found) {
                problems += found
                return credential
            }
            before = (credential, found)
        }
        problems.append(Problem(path: config.path, detail: "changes while it is read"))
        return nil
    }

    private static let readings = 6

    private func credentialOnce(of config: CredentialConfig, problems: inout [Problem]) -> Credential? {
        let accessKey = part(config.accessKey, .accessKey, of: config, problems: &problems)
        let secretKey = part(config.secretKey, .secretKey, of: config, problems: &problems)
        var securityToken: Secret?
        if let reference = config.securityToken {
            securityToken = part(reference, .securityToken, of: config, problems: &problems)
            if securityToken == nil { return nil }
        }
        guard let accessKey, let secretKey else { return nil }
        return Credential(accessKey: accessKey.bytes.revealed(), secretKey: secretKey, securityToken: securityToken)
    }

    private enum Part: String {
        case accessKey, secretKey, securityToken

        /// Keys have 20 and 40 characters today, tokens some thousands; the API gateway takes fields up to 32 KiB.
        var byteLimit: Int { self == .securityToken ? 32 * 1024 : 256 }
    }

    private func part(
        _ reference: SecretReference, _ part: Part, of config: CredentialConfig, problems: inout [Problem]
    ) -> Secret? {
        func report(_ detail: String) {
            problems.append(Problem(path: "\(config.path).\(part.rawValue)", detail: "\(reference) \(detail)"))
        }
        let secret: Secret
        do { secret = try read(reference) } catch {
            report(error.detail)
            return nil
        }
        guard secret.bytes.count > 0 else {
            report("is empty")
            return nil
        }
        guard secret.bytes.count <= part.byteLimit else {
            report("has more than \(part.byteLimit) bytes")
            return nil
        }
        // Anything else in a field or a signature would be refused by the cloud, five times before it locks the key.
        guard secret.bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            report("contains blanks, line breaks or characters that are not printable ASCII")
            return nil
        }
        return secret
    }
}
