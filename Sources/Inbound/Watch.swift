/// What the sweeper knows of one connection, and when its time is up. Times are of `TimeSource.uptime`.
struct Watch {
    enum Phase {
        /// No request line yet that we know of. On a fresh connection the head is awaited; a kept one may rest.
        case idle(since: Duration, isFresh: Bool)
        /// The request line is whole, the fields are not.
        case readingHead(until: Duration)
        /// The handler is at work on the library's thread, or the answer is being put together.
        case handling
        /// Suspended until the exchange is settled.
        case waiting(Exchange)
        case sending(since: Duration, bytes: Int)
        /// Suspended until the stream may be asked again; `since` when, and what was being sent before.
        case dozing(StreamPull, since: Duration, sending: Duration, bytes: Int)
        /// Shut down by us; libmicrohttpd closes it.
        case ended
    }
    private(set) var phase: Phase

    init(now: Duration) { phase = .idle(since: now, isFresh: true) }

    mutating func requestLineRead(now: Duration, limits: ListenerOptions) {
        switch phase {
        case .idle(let since, isFresh: true): phase = .readingHead(until: since + limits.headerTimeout)
        case .ended: break
        default: phase = .readingHead(until: now + limits.headerTimeout)
        }
    }
    /// False when the connection has been ended: it must not be suspended any more, for nobody would resume it.
    @discardableResult
    mutating func enter(_ next: Phase) -> Bool {
        if case .ended = phase { return false }
        phase = next
        return true
    }
    // MARK: - Streams

    /// The peer has taken what came before and gets `count` bytes more. One that keeps the pace begins anew, so that
    /// it cannot save up time for a long stop by having been fast; of one that does not, all is counted together.
    mutating func took(_ count: Int, now: Duration, bytesPerSecond: Int) {
        guard case .sending(let since, let bytes) = phase else { return }
        let keepsPace = bytes > 0 && now - since <= .seconds(bytes) / max(1, bytesPerSecond)
        phase = keepsPace ? .sending(since: now, bytes: count) : .sending(since: since, bytes: bytes + count)
    }
    /// False like `enter`.
    mutating func doze(_ pull: StreamPull, now: Duration) -> Bool {
        guard case .sending(let since, let bytes) = phase else { return false }
        phase = .dozing(pull, since: now, sending: since, bytes: bytes)
        return true
    }
    /// How long the stream had nothing is not the peer's delay.
    mutating func awake(now: Duration) {
        guard case .dozing(_, let dozing, let since, let bytes) = phase else { return }
        enter(.sending(since: since + (now - dozing), bytes: bytes))
    }

    mutating func requestCompleted(now: Duration) { enter(.idle(since: now, isFresh: false)) }

    /// True when the peer has used up its time for what it is doing.
    func isOverdue(now: Duration, limits: ListenerOptions) -> Bool {
        switch phase {
        case .idle(let since, let isFresh): now - since >= (isFresh ? limits.headerTimeout : limits.idleTimeout)
        case .readingHead(let until): now >= until
        case .sending(let since, let bytes):
            now - since >= limits.requestTimeout + .seconds(bytes / max(1, limits.minimumBytesPerSecond))
        case .handling, .waiting, .dozing, .ended: false
        }
    }
}
