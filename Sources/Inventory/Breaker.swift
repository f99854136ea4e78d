/// Stops calls to what fails, and lets one try at a time find out whether it works again.
///
/// It opens after five failures in a row, or when at least half of at least twenty calls that ended within ten seconds
/// failed. Its pauses double from the rule's first to its longest, each shortened by up to a quarter, so that what broke
/// together is not tried together. Then one call is the probe: a good one closes it, a bad one opens it
/// again. What was under way when it opened says nothing any more.
///
/// Plain data; times are `TimeSource.uptime`.
struct Breaker: Sendable, Equatable {
    struct Rule: Sendable, Equatable {
        let firstPause: Duration
        let longestPause: Duration

        /// Every refresh of a cluster is a call that may take its time limit.
        static let cluster = Rule(firstPause: .seconds(5), longestPause: .seconds(60))
        /// A probe a few seconds costs nothing, and all clusters behind the endpoint wait for its return.
        static let endpoint = Rule(firstPause: .seconds(1), longestPause: .seconds(3))
    }
    enum State: Sendable, Equatable {
        case closed
        case open(until: Duration)
        /// The next call is the probe, or `probe` is, by when it was started.
        case halfOpen(probe: Duration?)
    }
    enum Sign: Sendable, Equatable {
        case good
        /// Failed, and as one of a row.
        case bad
        /// Failed, which counts towards the share alone: it may be another's fault.
        case doubtful
        /// Says nothing; a probe that ends so is made again.
        case none
    }

    static let failuresInRow = 5
    static let leastCalls = 20

    let rule: Rule
    private(set) var state = State.closed
    /// When it opened for the first time since it was last closed.
    private(set) var openSince: Duration?
    private var row = 0
    private var window = OutcomeWindow()
    private var timesOpened = 0

    init(_ rule: Rule) { self.rule = rule }

    var isClosed: Bool { state == .closed }
    /// Nothing in it that a new one has not.
    func isIdle(now: Duration) -> Bool { isClosed && row == 0 && window.isEmpty(now: now) }

    /// Until when no call may start; nil when one may, which `start` then tells.
    ///
    /// - Parameter timeout: by when a probe is over at the latest.
    func holdUntil(now: Duration, timeout: Duration) -> Duration? {
        switch state {
        case .closed, .halfOpen(probe: nil): nil
        case .open(let until): until > now ? until : nil
        case .halfOpen(let probe?): max(probe + timeout, now + .milliseconds(100))
        }
    }

    /// A call starts. True when it is the probe.
    mutating func start(now: Duration) -> Bool {
        if isClosed { return false }
        state = .halfOpen(probe: now)
        return true
    }

    /// A call that started at `startedAt` has ended. True when the state is another one now.
    mutating func report(
        _ sign: Sign, startedAt: Duration, now: Duration, using random: inout some RandomNumberGenerator
    ) -> Bool {
        switch state {
        case .open: return false
        case .halfOpen(let probe):
            guard probe == startedAt else { return false }
            switch sign {
            case .none: state = .halfOpen(probe: nil)
            case .good: self = Breaker(rule)
            case .bad, .doubtful: open(now: now, using: &random)
            }
            return true
        case .closed:
            switch sign {
            case .none: return false
            case .good:
                row = 0
                window.note(failed: false, now: now)
                return false
            case .bad:
                row += 1
                window.note(failed: true, now: now)
            case .doubtful:
                window.note(failed: true, now: now)
            }
            let (all, failed) = window.counts(now: now)
            guard row >= Self.failuresInRow || all >= Self.leastCalls && failed * 2 >= all else { return false }
            open(now: now, using: &random)
            return true
        }
    }

    private mutating func open(now: Duration, using random: inout some RandomNumberGenerator) {
        let pause = min(rule.longestPause, rule.firstPause * (1 << min(timesOpened, 10)))
        state = .open(until: now + pause * Double.random(in: 0.75...1, using: &random))
        openSince = openSince ?? now
        timesOpened += 1
        row = 0
        window = OutcomeWindow()
    }
}

/// How many calls ended, and how many of them failed, in the last ten seconds; by whole seconds.
private struct OutcomeWindow: Sendable, Equatable {
    private static let seconds = 10
    private var all: [Int] = []
    private var failed: [Int] = []
    /// The second that was noted last.
    private var newest: Int64 = 0

    mutating func note(failed isFailure: Bool, now: Duration) {
        let second = now.components.seconds
        if all.isEmpty || second - newest >= Int64(Self.seconds) {
            all = Array(repeating: 0, count: Self.seconds)
            failed = all
        } else {
            // Seconds in which nothing ended; their places hold what is ten seconds old.
            var empty = newest + 1
            while empty <= second {
                all[Self.place(empty)] = 0
                failed[Self.place(empty)] = 0
                empty += 1
            }
        }
        newest = max(newest, second)
        all[Self.place(second)] += 1
        if isFailure { failed[Self.place(second)] += 1 }
    }
    func counts(now: Duration) -> (all: Int, failed: Int) {
        isEmpty(now: now) ? (0, 0) : (all.reduce(0, +), failed.reduce(0, +))
    }
    func isEmpty(now: Duration) -> Bool {
        all.isEmpty || now.components.seconds - newest >= Int64(Self.seconds)
    }
    private static func place(_ second: Int64) -> Int { Int(second % Int64(seconds)) }
}
