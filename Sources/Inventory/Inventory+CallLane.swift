import CCE
import Discovery
import ReleaseModel
import Timing

/// Whoever lists clusters and projects does so under the limits of the calls to clusters: the quota is the cloud's, per
/// credential and endpoint, whatever is asked.
extension Inventory: CallLane {
    /// A wait for one's turn that is longer says that calls are made too slowly for it.
    private static let longestWait: Duration = .seconds(60)

    package func call<Answer: Sendable>(
        _ endpoint: String, credential: String,
        _ body: @Sendable (AdmittedKey) async throws(CallFailure) -> Answer
    ) async throws(CallFailure) -> Answer {
        let guest = InventoryState.Guest(
            endpoint: endpoint, credential: credential, cluster: nil, isPatient: true)
        while true {
            let pass: InventoryState.GuestPass
            switch await turn(of: guest, deadline: time.uptime + Self.longestWait) {
            case .go(let granted): pass = granted
            case .refused(let reason, let detail): throw refusal(of: guest, reason, detail)
            }
            do throws(CallFailure) {
                let answer = try await body(pass.permit.key)
                perform { state, now, effects in _ = state.complete(pass, nil, now: now, &effects) }
                return answer
            } catch {
                let isToBeMadeAnew = perform { state, now, effects in
                    state.complete(pass, error, now: now, &effects)
                }
                guard isToBeMadeAnew, !Task.isCancelled else { throw error }
            }
        }
    }

    private func refusal(of guest: InventoryState.Guest, _ reason: Reason, _ detail: String?) -> CallFailure {
        if Task.isCancelled { return CallFailure(.cancelled, detail: "cancelled") }
        let pause = perform { state, now, _ in state.mayReturn(guest, now: now).map { $0 - now.uptime } }
        return switch reason {
        case .unauthorized, .clockSkew:
            CallFailure(
                reason == .clockSkew ? .clockSkew : .unauthorized,
                detail: detail ?? "held back: its credential is refused", retryAfter: pause)
        case .circuitOpen:
            CallFailure(.circuitOpen, detail: "held back: calls to its endpoint fail", retryAfter: pause)
        default:
            CallFailure(.busy, detail: "no turn came within \(Self.longestWait.text)", retryAfter: pause)
        }
    }
}
