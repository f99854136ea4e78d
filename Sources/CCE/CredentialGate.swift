import Timing

/// Keeps one credential from locking itself out: the cloud locks an access key for five minutes after six refused
/// signatures in a row (reference §7.2), for every cluster behind it.
///
/// A credential not yet accepted is tried by one call, plus one more a second, at most four, while none has answered;
/// after a refusal by one probe per 30 s, until the answer to a call sent after it proves that the signature was taken.
/// A refusal for our clock's sake says nothing about the key: the first one since an acceptance brought the cloud's time
/// along, and the next try, signed with that, follows at once. Refusals and calls that may still become one never add up
/// to six within five minutes. Calls that were already running when an accepted key died are beyond it: they had been
/// admitted. A key that is replaced is none of these: a call is signed with the key it was admitted with, or goes
/// through the gate again.
///
/// Plain data; times are `TimeSource.uptime`.
package struct CredentialGate: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// No answer yet.
        case pending
        case accepted
        /// The last answer was a refusal.
        case refused
    }
    package enum Admission: Sendable, Equatable {
        case go(Permit)
        /// Ask again then; sooner when a call of this credential ends.
        case hold(until: Duration, Verdict)
    }
    /// Names the key a call was admitted with, and its turn: an answer to an older key says nothing about the newer,
    /// and an acceptance nothing about a refusal of a later moment.
    package struct Permit: Sendable, Equatable {
        fileprivate let generation: Int
        fileprivate let turn: Int
    }
    package enum Answer: Sendable, Equatable {
        case accepted
        /// 401.
        case refused
        /// 401, because the time we signed was too far from the cloud's.
        case refusedForTime
        /// An answer that may come from before the signature was looked at. It lets the fan-out of a key follow that
        /// nothing speaks against, and takes back no refusal.
        case unproven
        /// Nothing came that tells: timeout, connection lost, cancelled.
        case none
    }

    package enum Outcome: Sendable, Equatable {
        case unchanged
        /// The verdict is another one.
        case changed
        /// The call is to be made anew: the time it was signed with was wrong, and the right one is known now.
        case clockCorrected
    }

    static let tries = 4
    static let tryInterval: Duration = .seconds(1)
    static let probeInterval: Duration = .seconds(30)
    /// Five refusals within `window` do not lock a key, six do.
    static let refusalLimit = 5
    static let window: Duration = .seconds(300)

    package private(set) var verdict = Verdict.pending
    /// The last refusal was for our clock's sake.
    package private(set) var isRefusedForTime = false
    private var generation = 0
    /// The generation with which the present access key came.
    private var accessKeySince = 0
    private var inFlight = 0
    private var turns = 0
    /// Calls up to this turn were sent before the last refusal came: that one of them is accepted afterwards does not
    /// show that the key is good again, only that it was when the call was looked at.
    private var refusedThrough = 0
    /// Calls up to this turn were signed before the cloud's time was known; nil when the clock was no matter since the
    /// last acceptance.
    private var correctedThrough: Int?
    /// Calls still out that an unproven older secret of the same access key has signed, by generation.
    private var doubtful: [Int: Int] = [:]
    private var lastStart: Duration?
    /// Answer times of the refusals since the last acceptance, ascending, at most `refusalLimit` and those of one burst.
    private var refusals: [Duration] = []

    package init() {}

    /// Asks for one call at `now`. Each permit is given back by one `report`.
    package mutating func admit(now: Duration) -> Admission {
        if let until = holdUntil(now: now) { return .hold(until: until, verdict) }
        inFlight += 1
        turns += 1
        lastStart = now
        return .go(Permit(generation: generation, turn: turns))
    }

    /// Until when no call may start; nil when one may start now.
    package func holdUntil(now: Duration) -> Duration? {
        var until: Duration
        switch verdict {
        case .accepted: return nil
        case .pending:
            let spacing = lastStart.map { $0 + Self.tryInterval } ?? now
            until = inFlight < Self.tries ? spacing : max(spacing, now + Self.tryInterval)
        case .refused:
            // A probe that brought no verdict was one all the same.
            until = max(refusals.last ?? now, lastStart ?? now) + Self.probeInterval
            if inFlight > 0 { until = max(until, now + Self.tryInterval) }
        }
        // A call that is out may still come back refused, so it counts as if it had been.
        let recent = refusals.filter { now - $0 < Self.window }
        let excess = recent.count + inFlight + doubtful.values.reduce(0, +) + 1 - Self.refusalLimit
        if excess > 0 {
            let room = excess <= recent.count ? recent[excess - 1] + Self.window : now + Self.tryInterval
            until = max(until, room)
        }
        return until > now ? until : nil
    }

    /// One admitted call has ended.
    package mutating func report(_ answer: Answer, of permit: Permit, now: Duration) -> Outcome {
        guard permit.generation == generation else {
            // An older secret of the same access key: the cloud counts its refusals all the same.
            guard permit.generation >= accessKeySince else { return .unchanged }
            if let out = doubtful[permit.generation] { doubtful[permit.generation] = out > 1 ? out - 1 : nil }
            if answer == .refused || answer == .refusedForTime { noteRefusal(now) }
            return .unchanged
        }
        inFlight -= 1
        let before = verdict
        switch answer {
        case .none: break
        case .unproven:
            if verdict == .pending, refusals.isEmpty { verdict = .accepted }
        case .accepted:
            guard permit.turn > refusedThrough else { break }
            verdict = .accepted
            refusals = []
            correctedThrough = nil
        case .refusedForTime:
            noteRefusal(now)
            noteWrongTime(of: permit)
            if verdict != .refused { return .clockCorrected }
        case .refused:
            noteRefusal(now)
            refuse(forTime: false)
        }
        return verdict == before ? .unchanged : .changed
    }

    private mutating func noteWrongTime(of permit: Permit) {
        if let correctedThrough {
            // Signed before the time was known, it is no news. Later, the cloud's own clocks do not agree.
            if permit.turn > correctedThrough { refuse(forTime: true) }
        } else if verdict != .refused || permit.turn > refusedThrough {
            correctedThrough = turns
            refusedThrough = turns
            verdict = .pending
            lastStart = nil
        }
    }

    private mutating func refuse(forTime: Bool) {
        verdict = .refused
        isRefusedForTime = forTime
        refusedThrough = turns
    }

    /// Another key is used from now on: it is tried at once, except that refusals of the same access key still count.
    package mutating func keyChanged(sameAccessKey: Bool) {
        if sameAccessKey {
            if verdict != .accepted, inFlight > 0 { doubtful[generation] = inFlight }
        } else {
            accessKeySince = generation + 1
            doubtful = [:]
            refusals = []
            correctedThrough = nil
        }
        generation += 1
        verdict = .pending
        inFlight = 0
        lastStart = nil
    }

    private mutating func noteRefusal(_ now: Duration) {
        refusals.removeAll { now - $0 >= Self.window }
        refusals.append(now)
        // Refusals of calls that were running together: the oldest of more than the limit decide nothing.
        if refusals.count > Self.refusalLimit { refusals.removeFirst() }
    }
}
