import Cryptography
import Locking
import Settings
import Signing
import Timing

/// The keys of our callers, as the configuration, files and variables were when they were last read.
///
/// Digests that stand in the configuration are there at once, what it refers to from the first `reload` on.
package final class CallerKeys: Sendable {
    /// Signatures are heard on the wire and can be tried out without asking anybody: 256 bits of hex or more.
    private static let secretByteMinimum = 32

    private static let keySetByteLimit = 256 << 10

    struct Table: Sendable {
        var digests: [[UInt8]] = []
        /// In the order of `digests`.
        var holders: [AuthConfig.Holder] = []
        /// By access key.
        var signers: [String: (holder: AuthConfig.Holder, credential: Credential)] = [:]
        /// By the claim `iss`.
        var issuers: [String: TokenIssuer] = [:]
    }
    private struct State: Sendable {
        var config: AuthConfig
        var signing: StaticCredentials
        /// Of API keys that are referred to, by path.
        var digests: [String: [UInt8]] = [:]
        /// Of issuers of tokens, by path.
        var keySets: [String: JSONWebKeySet] = [:]
        var table = Table()
    }
    private let secrets: SecretReader
    private let state: Lock<State>
    private let windows = Lock<[String: ReplayWindow]>([:])

    package init(_ config: AuthConfig, secrets: SecretReader) {
        self.secrets = secrets
        var first = State(config: config, signing: Self.signing(config, secrets))
        _ = Self.tabulate(&first)
        state = Lock(first)
    }

    var table: Table { state.withLock { $0.table } }

    /// Reads everything again; what cannot be read stays as it was. Blocks on files: not on the cooperative pool.
    package func reload() -> [Problem] { take(state.withLock { $0 }, anyway: true) }

    /// Takes other keys when each of them can be read and used; else all stays, and the problems are returned. Blocks
    /// on files.
    package func replace(with config: AuthConfig) -> [Problem] {
        take(State(config: config, signing: Self.signing(config, secrets)), anyway: false)
    }

    /// What cannot be read or used of them. Blocks on files.
    package static func problems(of config: AuthConfig, secrets: SecretReader) -> [Problem] {
        CallerKeys(config, secrets: secrets).reload()
    }

    // MARK: - Requests

    /// Whether a right signature comes for the first time; see `ReplayWindow`.
    func admit(
        _ claim: SignatureClaim, dated date: Instant, arrivedAt arrival: Duration, now: Instant, tolerance: Duration
    ) -> ReplayWindow.Verdict {
        windows.withLock { windows in
            windows[claim.accessKey, default: ReplayWindow(tolerance: tolerance)]
                .admit(claim.signature, dated: date, arrivedAt: arrival, now: now)
        }
    }

    // MARK: - Reading

    private static func signing(_ config: AuthConfig, _ secrets: SecretReader) -> StaticCredentials {
        StaticCredentials(config.accessKeys.map(\.parts)) { reference throws(SecretUnreadable) in
            try secrets.read(reference)
        }
    }

    private func take(_ given: State, anyway: Bool) -> [Problem] {
        var next = given
        var problems: [Problem] = []
        for key in next.config.apiKeys {
            guard case .reference(let reference) = key.source else { continue }
            do throws(SecretUnreadable) {
                let secret = try secrets.read(reference)
                next.digests[key.path] = sha256(secret.bytes)
            } catch {
                problems.append(Problem(path: "\(key.path).key", detail: error.description))
            }
        }
        for issuer in next.config.tokenIssuers {
            do throws(FileUnreadable) {
                let text = try BoundedFile.read(issuer.jwksFile, limit: Self.keySetByteLimit)
                do throws(JSONWebKeySet.Unusable) { next.keySets[issuer.path] = try JSONWebKeySet(text) } catch {
                    let detail = "the file \(issuer.jwksFile) \(error.detail)"
                    problems.append(Problem(path: "\(issuer.path).jwksFile", detail: detail))
                }
            } catch {
                let detail = "the file \(issuer.jwksFile) cannot be read: \(error.detail)"
                problems.append(Problem(path: "\(issuer.path).jwksFile", detail: detail))
            }
        }
        problems += next.signing.reload()
        problems += Self.tabulate(&next)
        guard anyway || problems.isEmpty else { return problems }
        state.withLock { [next] in $0 = next }
        windows.withLock { windows in windows = windows.filter { next.table.signers[$0.key] != nil } }
        return problems
    }

    /// Of two callers with the same access key neither can be told from the other, so the later is left out.
    private static func tabulate(_ state: inout State) -> [Problem] {
        var (table, problems): (Table, [Problem]) = (Table(), [])
        for key in state.config.apiKeys {
            let digest: [UInt8]? =
                switch key.source {
                case .digest(let digest): digest
                case .reference: state.digests[key.path]
                }
            guard let digest else { continue }
            table.digests.append(digest)
            table.holders.append(AuthConfig.Holder(name: key.name, groups: key.groups))
        }
        for key in state.config.accessKeys {
            guard let credential = state.signing.credential(named: key.parts.name) else { continue }
            let path = key.parts.path
            if credential.secretKey.bytes.count < secretByteMinimum {
                problems.append(
                    Problem(path: "\(path).secretKey", detail: "must hold \(secretByteMinimum) bytes or more"))
            } else if table.signers[credential.accessKey] != nil {
                problems.append(Problem(path: "\(path).accessKey", detail: "is the access key of an earlier entry too"))
            } else {
                table.signers[credential.accessKey] = (
                    AuthConfig.Holder(name: key.name, groups: key.groups), credential
                )
            }
        }
        for issuer in state.config.tokenIssuers {
            table.issuers[issuer.issuer] = state.keySets[issuer.path].map { TokenIssuer(issuer, keys: $0) }
        }
        state.table = table
        return problems
    }
}
