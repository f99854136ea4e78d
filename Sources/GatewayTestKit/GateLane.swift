import CCE
import Discovery
import Timing

/// A lane with nothing but the credentials' gates: waits for a first verdict, but not for the end of a refusal.
package struct GateLane: CallLane {
    private let gates: CredentialGates
    private let time: any TimeSource

    package init(gates: CredentialGates, time: any TimeSource) {
        self.gates = gates
        self.time = time
    }

    package func call<Answer: Sendable>(
        _ endpoint: String, credential: String,
        _ body: @Sendable (AdmittedKey) async throws(CallFailure) -> Answer
    ) async throws(CallFailure) -> Answer {
        while true {
            switch gates.admit(credential, now: time.uptime) {
            case .unknown(let detail):
                throw CallFailure(.unauthorized, detail: detail)
            case .hold(let until, .refused):
                throw CallFailure(.unauthorized, detail: "held back", retryAfter: until - time.uptime)
            case .hold(let until, _):
                guard (try? await time.sleep(until: until)) != nil else {
                    throw CallFailure(.cancelled, detail: "cancelled")
                }
            case .go(let permit):
                do throws(CallFailure) {
                    let answer = try await body(permit.key)
                    gates.report(nil, of: permit, now: time.uptime)
                    return answer
                } catch {
                    let outcome = gates.report(error, of: permit, now: time.uptime)
                    guard error.isKeyReplaced || outcome == .clockCorrected, !Task.isCancelled else { throw error }
                }
            }
        }
    }
}
