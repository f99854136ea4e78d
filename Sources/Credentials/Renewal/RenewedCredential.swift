import Locking
import Logging
import Platform
import Settings
import Signing
import Timing

/// One credential that is fetched, and fetched again in time. One fetch at a time; what is held is handed out as long as
/// it is valid, whatever becomes of the next.
final class RenewedCredential: Sendable {
    struct State: Sendable {
        var plan: RenewalPlan
        var held: IssuedCredential?
        var failure: SourceFailure?
        var isStopped = false
        var counts = CredentialReading.Counts()
    }
    let settings: CredentialSettings
    private let source: any CredentialSource
    private let time: any TimeSource
    private let pool: WorkPool
    private let logger: Logger
    private let state: Lock<State>
    private let bell = Bell()
    /// Calls on their way take a moment.
    private static let margin = Duration.seconds(5)

    init(
        _ settings: CredentialSettings, _ source: any CredentialSource, pool: WorkPool, time: any TimeSource,
        logger: Logger
    ) {
        self.settings = settings
        self.source = source
        self.pool = pool
        self.time = time
        self.logger = logger
        state = Lock(State(plan: RenewalPlan(now: time.uptime)))
    }

    /// Nil while there is none that is valid.
    var credential: Credential? {
        let now = time.uptime
        return state.withLock { Self.valid($0, now)?.credential }
    }
    private static func valid(_ state: State, _ now: Duration) -> IssuedCredential? {
        guard let held = state.held, let expiry = state.plan.expiry else { return state.held }
        // Of a life shorter than ten seconds, half.
        let margin = min(margin, (held.lifetime ?? margin) / 2)
        return now < expiry - margin ? held : nil
    }

    /// Why there is none.
    var failure: SourceFailure? { state.withLock { $0.failure } }

    var reading: CredentialReading {
        let now = time.uptime
        return state.withLock { state in
            CredentialReading(
                name: settings.name, kind: state.held?.kind ?? settings.kind, isHeld: Self.valid(state, now) != nil,
                timeLeft: state.plan.expiry.map { max($0 - now, .zero) }, failure: state.failure, counts: state.counts)
        }
    }

    /// Goes on where another one of the same settings was.
    func adopt(_ other: RenewedCredential) {
        let taken = other.state.withLock { $0 }
        state.withLock { $0 = taken }
    }

    /// The cloud does not take it any longer.
    func refused(_ credential: Credential) {
        let now = time.uptime
        let isCurrent = state.withLock { state in
            guard state.held?.credential == credential else { return false }
            state.plan.demand(now: now)
            return true
        }
        if isCurrent { bell.ring() }
    }

    /// The credential that this one is made of has come.
    func baseCame() {
        let now = time.uptime
        let isWaiting = state.withLock { state in
            guard state.failure?.reason == .waiting else { return false }
            state.plan.hurry(now: now)
            return true
        }
        if isWaiting { bell.ring() }
    }

    /// Reads files and variables now; blocks on them. Where that is enough, the credential is there afterwards.
    func readNow() -> SourceFailure? {
        // What was done changes what is due.
        defer { bell.ring() }
        do throws(SourceFailure) {
            // Not `isHolding`: a file that has come may stand before what was found without it.
            switch try source.prepare(isHolding: false) {
            case .ready(let issued): take(.success(issued))
            case .ask:
                // What was read is no longer what is to be read: the file now says whom to ask.
                let now = time.uptime
                state.withLock { state in
                    if state.held.map({ $0.lifetime == nil }) ?? false { state.plan.demand(now: now) }
                }
            }
            return nil
        } catch {
            guard error.reason != .waiting else { return nil }  // the other one may still come
            note(failed: error)
            return error
        }
    }

    /// Fetches whenever it is time to, until it is cancelled or `stop` is called.
    func run(onChange: @escaping @Sendable () -> Void) async {
        while !Task.isCancelled, !state.withLock({ $0.isStopped }) {
            let due = state.withLock { $0.plan.nextAttempt }
            if let due, due <= time.uptime {
                if await attempt() { onChange() }
            } else {
                await pause(until: due)
            }
        }
    }
    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }

    // MARK: -

    private func pause(until due: Duration?) async {
        await withTaskGroup(of: Void.self) { [time, bell] group in
            if let due { group.addTask { try? await time.sleep(until: due) } }
            group.addTask { await bell.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// True when another credential is used from now on.
    private func attempt() async -> Bool {
        let isHolding = credential != nil
        let source = source
        let prepared = await pool.run { () -> Result<PreparedCredential, SourceFailure> in
            do throws(SourceFailure) { return .success(try source.prepare(isHolding: isHolding)) } catch {
                return .failure(error)
            }
        }
        var outcome: Result<IssuedCredential, SourceFailure>
        switch prepared {
        case nil: outcome = .failure(SourceFailure(.unavailable, "too many files are being read"))
        case .failure(let failure): outcome = .failure(failure)
        case .success(.ready(let issued)): outcome = .success(issued)
        case .success(.ask(let ask)):
            do throws(SourceFailure) { outcome = .success(try await ask()) } catch { outcome = .failure(error) }
        }
        guard !Task.isCancelled else { return false }
        switch outcome {
        case .success: return take(outcome)
        case .failure(let failure):
            note(failed: failure)
            return false
        }
    }

    @discardableResult
    private func take(_ outcome: Result<IssuedCredential, SourceFailure>) -> Bool {
        guard case .success(let issued) = outcome else { return false }
        let now = time.uptime
        let random = Double.random(in: 0..<1)
        let (hasChanged, wasFailing, wasHeld) = state.withLock { state in
            let before = state.held
            let (hasChanged, wasFailing) = (before?.credential != issued.credential, state.failure != nil)
            // The same one keeps its prepared key.
            let key = hasChanged ? issued.credential : before?.credential ?? issued.credential
            state.held = IssuedCredential(key, issued.kind, lifetime: issued.lifetime)
            state.plan.succeed(lifetime: issued.lifetime, now: now, random: random)
            state.failure = nil
            state.counts.renewals += 1
            if hasChanged { state.counts.changes += 1 }
            return (hasChanged, wasFailing, before != nil)
        }
        if wasFailing || !wasHeld {
            logger.info(
                "credential there", metadata: ["credential": "\(settings.name)", "source": "\(issued.kind.rawValue)"])
        }
        return hasChanged
    }

    /// Once in the log for each reason, however often it is tried.
    private func note(failed failure: SourceFailure) {
        let now = time.uptime
        let random = Double.random(in: 0..<1)
        let (isNews, isHeld) = state.withLock { state in
            let isNews = state.failure != failure
            state.failure = failure
            state.plan.fail(now: now, random: random)
            state.counts.failures[failure.reason, default: 0] += 1
            return (isNews, Self.valid(state, now) != nil)
        }
        guard isNews else { return }
        let isWaiting = failure.reason == .waiting  // the one waited for tells what is wrong
        logger.log(
            level: isWaiting ? .info : isHeld ? .warning : .error, isHeld ? "credential not renewed" : "no credential",
            metadata: [
                "credential": "\(settings.name)", "reason": "\(failure.reason.rawValue)", "detail": "\(failure.detail)",
            ])
    }
}

/// How one credential stands; nothing of the key.
package struct CredentialReading: Sendable, Equatable {
    package struct Counts: Sendable, Equatable {
        package var renewals = 0
        /// By reason.
        package var failures: [SourceFailure.Reason: Int] = [:]
        /// Times that another key came into use.
        package var changes = 0
        package init() {}
    }
    package let name: String
    package let kind: CredentialKind
    package let isHeld: Bool
    /// Nil: it has no end that we know of.
    package let timeLeft: Duration?
    package let failure: SourceFailure?
    package let counts: Counts

    package init(
        name: String, kind: CredentialKind, isHeld: Bool, timeLeft: Duration? = nil, failure: SourceFailure? = nil,
        counts: Counts = Counts()
    ) {
        self.name = name
        self.kind = kind
        self.isHeld = isHeld
        self.timeLeft = timeLeft
        self.failure = failure
        self.counts = counts
    }
}
