import DequeModule

/// Lets one transfer look a name up while the others for that name wait: libcurl starts a thread for every lookup,
/// and keeps the result for all. Plain data, for the curl thread.
struct LookupGate<Waiter: AnyObject> {
    private struct Name {
        var leader: ObjectIdentifier?
        var knownUntil = Duration.zero
        var waiting: Deque<Waiter> = []
    }
    private var names: [String: Name] = [:]
    /// Shorter than libcurl's cache keeps the addresses, so that what passes here finds them there.
    private let keptFor: Duration

    init(keptFor: Duration) { self.keptFor = keptFor }

    /// True when the transfer may go on: the name is known, or it is the one to look it up.
    mutating func enter(_ waiter: Waiter, name: String, now: Duration) -> Bool {
        var entry = names[name] ?? Name()
        defer { names[name] = entry }
        if now < entry.knownUntil { return true }
        guard entry.leader != nil else {
            entry.leader = ObjectIdentifier(waiter)
            return true
        }
        entry.waiting.append(waiter)
        return false
    }
    /// The name has just been looked up: everybody goes on.
    mutating func resolved(_ name: String, now: Duration) -> [Waiter] {
        guard var entry = names[name] else { return [] }
        defer { names[name] = entry }
        entry.leader = nil
        entry.knownUntil = now + keptFor
        defer { entry.waiting = [] }
        return Array(entry.waiting)
    }
    /// The name does not resolve: whoever waits for it fails likewise, instead of asking again one after the other.
    mutating func failed(_ name: String) -> [Waiter] {
        guard let waiting = names[name]?.waiting, !waiting.isEmpty else { return [] }
        names[name]?.waiting = []
        return Array(waiting)
    }
    /// The transfer has ended, or needed no lookup because it found a kept connection. If it was the leader the next
    /// one leads, and is given back to be begun.
    mutating func left(_ waiter: Waiter, name: String) -> Waiter? {
        guard names[name]?.leader == ObjectIdentifier(waiter) else { return nil }
        let next = names[name]?.waiting.popFirst()
        names[name]?.leader = next.map { ObjectIdentifier($0) }
        if next == nil, names[name]?.knownUntil == .zero { names[name] = nil }
        return next
    }
    /// False when it does not wait here.
    mutating func withdraw(_ waiter: Waiter, name: String) -> Bool {
        guard let place = names[name]?.waiting.firstIndex(where: { $0 === waiter }) else { return false }
        names[name]?.waiting.remove(at: place)
        return true
    }
    /// Empties it.
    mutating func removeAll() -> [Waiter] {
        defer { names = [:] }
        return names.values.flatMap(\.waiting)
    }
}
