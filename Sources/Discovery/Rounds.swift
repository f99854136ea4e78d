import CCE
import ReleaseModel
import Timing

/// How the rounds of one question to the cloud went.
struct Rounds: Sendable {
    private(set) var lastSuccess: Instant?
    private(set) var lastFailure: (at: Instant, failure: CallFailure)?
    private(set) var failuresInRow = 0
    private var failingSince: Instant?

    var haveBegun: Bool { lastSuccess != nil || lastFailure != nil }

    mutating func succeed(at now: Instant) {
        lastSuccess = now
        lastFailure = nil
        failuresInRow = 0
        failingSince = nil
    }
    mutating func fail(_ failure: CallFailure, at now: Instant) {
        lastFailure = (now, failure)
        failuresInRow += 1
        failingSince = failingSince ?? now
    }

    /// What is not known; nil when the last round was good.
    var flaw: DiscoveryGap.Flaw? {
        if let failingSince, let lastFailure { return .failing(lastFailure.failure.reason, since: failingSince) }
        return lastSuccess == nil ? .pending : nil
    }
}

/// Who was in the last list, and who goes: one that two lists in a row are without, for one may be a slip of the cloud's.
struct Presence<ID: Hashable & Sendable>: Sendable {
    /// In the list before the last one, not in the last.
    private var missedOnce: Set<ID> = []

    /// Those of `known` that stay though the list is without them.
    ///
    /// - Parameter isWhole: false when the list has items that cannot be read. Then nobody goes, for one of them may be
    ///   it; who was there again begins anew all the same.
    mutating func stay(_ known: some Sequence<ID>, listed: Set<ID>, isWhole: Bool = true) -> Set<ID> {
        let missed = Set(known).subtracting(listed)
        guard isWhole else {
            missedOnce.formIntersection(missed)
            return missed
        }
        let staying = missed.subtracting(missedOnce)
        missedOnce = staying
        return staying
    }
}
