import Cryptography
import Locking
import ReleaseModel
import Settings
import Signing
import Timing

/// The gate of every credential, shared by all who call the cloud: refusals count per key, whoever caused them.
package final class CredentialGates: Sendable {
    package enum Admission: Sendable, Equatable {
        case go(Permit)
        case hold(until: Duration, CredentialGate.Verdict)
        /// There is no such credential, or none of it now; why, for people.
        case unknown(String)
    }
    package struct Permit: Sendable, Equatable {
        package let key: AdmittedKey
        fileprivate let permit: CredentialGate.Permit
        /// The credential's name.
        package var credential: String { key.name }
    }
    private struct Guarded {
        var gate = CredentialGate()
        var key: Credential
    }
    private let provider: any CredentialProvider
    private let gates = Lock<[String: Guarded]>([:])

    package init(provider: any CredentialProvider) { self.provider = provider }

    /// Asks for one call with the credential of that name. Each permit is given back by one `report`.
    package func admit(_ name: String, now: Duration) -> Admission {
        gates.withLock { gates in
            // Asked under the lock, so that no older key comes after a newer one.
            guard let key = provider.credential(named: name) else {
                switch provider.absence(of: name) {
                case .pending: return .hold(until: now + Self.absenceInterval, .pending)
                case .failed(let detail): return .unknown("there is no credential: \(detail)")
                case nil: return .unknown(Self.unconfigured)
                }
            }
            Self.notice(key, of: name, in: &gates)
            guard let admission = gates[name]?.gate.admit(now: now) else { return .unknown(Self.unconfigured) }
            switch admission {
            case .go(let permit):
                return .go(Permit(key: AdmittedKey(name: name, credential: key), permit: permit))
            case .hold(let until, let verdict): return .hold(until: until, verdict)
            }
        }
    }

    private static let unconfigured = "no credential of that name is configured"
    /// Until when to wait for one that is being fetched; whoever fetches it tells when it is there.
    private static let absenceInterval = Duration.seconds(1)

    package struct Standing: Sendable {
        package let verdict: CredentialGate.Verdict
        /// Until when no call may start; nil: one may.
        package let holdUntil: Duration?
        /// Why calls are held back, where the verdict is a refusal.
        package let kind: FailureKind
    }
    /// How the credential stands. Starts nothing; nil: no such name.
    package func standing(of name: String, now: Duration) -> Standing? {
        gates.withLock { gates in
            guard let key = provider.credential(named: name) else { return nil }
            Self.notice(key, of: name, in: &gates)
            return gates[name].map {
                Standing(
                    verdict: $0.gate.verdict, holdUntil: $0.gate.holdUntil(now: now),
                    kind: $0.gate.isRefusedForTime ? .clockSkew : .unauthorized)
            }
        }
    }

    /// One admitted call has ended; `failure` is nil when it succeeded.
    @discardableResult
    package func report(_ failure: CallFailure?, of permit: Permit, now: Duration) -> CredentialGate.Outcome {
        let answer = failure.map(Self.answer) ?? .accepted
        if answer == .refused { provider.refused(permit.key.credential, named: permit.credential) }
        return gates.withLock { gates in
            // Or the refusal of a key that has just been replaced would be held against its successor.
            if let key = provider.credential(named: permit.credential) {
                Self.notice(key, of: permit.credential, in: &gates)
            }
            return gates[permit.credential]?.gate.report(answer, of: permit.permit, now: now) ?? .unchanged
        }
    }

    /// Another key has taken the place of the one that the call was admitted with: that this one was refused is to be
    /// expected, and says nothing of the other.
    package func isReplaced(_ permit: Permit) -> Bool {
        provider.credential(named: permit.credential).map { $0 != permit.key.credential } ?? false
    }

    /// A body of the cloud's own that is about the call shows that it knew the caller. What a proxy, an overloaded
    /// gateway or a limit in front of it says does not.
    private static func answer(of failure: CallFailure) -> CredentialGate.Answer {
        switch failure.status {
        case nil: .none
        case .some(401): failure.kind == .clockSkew ? .refusedForTime : .refused
        case .some(400..<500) where failure.reason != .throttled:
            failure.code.map { !saidToAnybody.contains($0) } ?? false ? .accepted : .unproven
        case .some: .unproven
        }
    }
    /// No such API, and a call that cannot be read: what the cloud's gateway says before it looks at a signature.
    private static let saidToAnybody: Set<String> = ["APIGW.0101", "APIGW.0201"]

    private static func notice(_ key: Credential, of name: String, in gates: inout [String: Guarded]) {
        guard let known = gates[name]?.key else {
            gates[name] = Guarded(key: key)
            return
        }
        guard known != key else { return }
        gates[name]?.gate.keyChanged(sameAccessKey: known.accessKey == key.accessKey)
        gates[name]?.key = key
    }
}
