import Locking

/// The first of several sources that has a credential, in the order of the cloud's Python SDK. Whoever had one is kept
/// to while what it gave is valid.
final class ChainSource: CredentialSource {
    let kind = CredentialKind.chain
    private let members: [any CredentialSource]
    private let chosen = Lock<Int?>(nil)

    init(_ members: [any CredentialSource]) { self.members = members }

    private enum Step: Sendable {
        case ask(Int, PreparedCredential.Ask)
        case failed(SourceFailure)
    }

    func prepare(isHolding: Bool) throws(SourceFailure) -> PreparedCredential {
        if isHolding, let index = chosen.withLock({ $0 }) { return try members[index].prepare(isHolding: true) }
        var steps: [Step] = []
        for (index, member) in members.enumerated() {
            do throws(SourceFailure) {
                switch try member.prepare(isHolding: false) {
                case .ready(let issued):
                    // Those before it come first, but they have to be asked.
                    guard steps.contains(where: { if case .ask = $0 { true } else { false } }) else {
                        chosen.withLock { $0 = index }
                        return .ready(issued)
                    }
                    steps.append(.ask(index) { () async throws(SourceFailure) in issued })
                case .ask(let ask): steps.append(.ask(index, ask))
                }
            } catch {
                steps.append(.failed(error))
            }
        }
        return .ask { [steps] () async throws(SourceFailure) in try await self.firstOf(steps) }
    }

    private func firstOf(_ steps: [Step]) async throws(SourceFailure) -> IssuedCredential {
        var failures: [SourceFailure] = []
        for step in steps {
            switch step {
            case .failed(let failure): failures.append(failure)
            case .ask(let index, let ask):
                do throws(SourceFailure) {
                    let issued = try await ask()
                    chosen.withLock { $0 = index }
                    return issued
                } catch {
                    failures.append(error)
                }
            }
        }
        let worst = failures.first { $0.reason != .absent }
        throw SourceFailure(
            worst?.reason ?? .absent, "no source has one: \(failures.map(\.detail).joined(separator: "; "))")
    }
}
