import Locking
import Settings
import Signing

/// The credentials of the configuration that holds now; a reload replaces them as a whole.
final class CurrentCredentials: CredentialProvider {
    private struct State {
        var credentials: StaticCredentials
        var configs: [CredentialConfig]
    }
    private let state: Lock<State>
    private let secrets: SecretReader

    init(_ configs: [CredentialConfig], secrets: SecretReader) {
        self.secrets = secrets
        state = Lock(State(credentials: Self.make(configs, secrets), configs: configs))
    }

    func credential(named name: String) -> Credential? {
        state.withLock { $0.credentials }.credential(named: name)
    }

    /// Of all credentials configured now.
    var names: [String] { state.withLock { $0.configs.map(\.name) } }

    /// Reads the keys again; what cannot be read stays as it was. Blocks on files: not on the cooperative pool.
    func reload() -> [Problem] { state.withLock { $0.credentials }.reload() }

    /// Takes other credentials when every key of theirs can be read; else all stays, and the problems are returned.
    /// Blocks on files.
    func replace(with configs: [CredentialConfig]) -> [Problem] {
        guard configs != state.withLock({ $0.configs }) else { return reload() }
        let next = Self.make(configs, secrets)
        let problems = next.reload()
        guard problems.isEmpty else { return problems }
        state.withLock { $0 = State(credentials: next, configs: configs) }
        return []
    }

    /// Files that hold keys.
    static func files(of configs: [CredentialConfig]) -> [String] {
        configs.flatMap { [$0.accessKey, $0.secretKey, $0.securityToken] }.compactMap { reference in
            if case .file(let path) = reference { path } else { nil }
        }
    }

    private static func make(_ configs: [CredentialConfig], _ secrets: SecretReader) -> StaticCredentials {
        StaticCredentials(configs) { reference throws(SecretUnreadable) in try secrets.read(reference) }
    }
}
