import HeapModule

/// Readers that wait for clusters. Plain data: it says who is to be resumed, and somebody else does it.
///
/// Readers that wait for the same clusters in the same state share one group, so that 10,000 equal readers of 2,000
/// clusters cost one list of 2,000 links, and an answer one count down.
struct WaitRoom: Sendable {
    /// What a group waits for; equal keys at one moment are settled by the same answers.
    struct Key: Hashable, Sendable {
        let table: Int
        /// Slot times two, plus one when only a call after the running one will do.
        let needs: [Int]
    }
    struct Group: Sendable {
        let table: Int
        /// The slots it is linked from; those settled meanwhile included.
        var slots: [Int]
        /// Links not settled yet.
        var remaining: Int
        /// An answer counts when its call was sent at this time or later.
        var threshold: Duration
        var members: Set<Int> = []
        var key: Key?

        fileprivate mutating func join(_ waiter: Int, _ threshold: Duration) {
            members.insert(waiter)
            // Both are met by the same answers, says the key; the later one is met by no fewer.
            self.threshold = max(self.threshold, threshold)
        }
    }
    private struct Deadline: Comparable, Sendable {
        let at: Duration
        let waiter: Int
        static func < (left: Deadline, right: Deadline) -> Bool { left.at < right.at }
    }

    private(set) var groups: [Int: Group] = [:]
    private var open: [Key: Int] = [:]
    private var groupOf: [Int: Int] = [:]
    private var deadlines = Heap<Deadline>()
    private var lastGroup = 0

    var waiters: Int { groupOf.count }
    var nextDeadline: Duration? { deadlines.min?.at }

    /// Adds a waiter. `isNew` when the caller must link the group from each of the key's slots.
    mutating func add(
        waiter: Int, key: Key, threshold: Duration, deadline: Duration
    ) -> (group: Int, isNew: Bool) {
        deadlines.insert(Deadline(at: deadline, waiter: waiter))
        if let group = open[key] {
            groups[group]?.join(waiter, threshold)
            groupOf[waiter] = group
            return (group, false)
        }
        lastGroup += 1
        groups[lastGroup] = Group(
            table: key.table, slots: key.needs.map { $0 / 2 }, remaining: key.needs.count, threshold: threshold,
            members: [waiter], key: key)
        open[key] = lastGroup
        groupOf[waiter] = lastGroup
        return (lastGroup, true)
    }

    /// One link of the group is settled; its waiters when it was the last.
    mutating func settleOne(of group: Int) -> [Int] {
        close(group)
        guard var settled = groups[group] else { return [] }
        settled.remaining -= 1
        groups[group] = settled
        guard settled.remaining == 0 else { return [] }
        groups[group] = nil
        for waiter in settled.members { groupOf[waiter] = nil }
        return settled.members.sorted()
    }

    /// A waiter leaves. Its group comes back when nobody is left in it and its links must go.
    mutating func remove(waiter: Int) -> (id: Int, group: Group)? {
        guard let group = groupOf.removeValue(forKey: waiter) else { return nil }
        groups[group]?.members.remove(waiter)
        if deadlines.count > 2 * groupOf.count + 64 {
            deadlines = Heap(deadlines.unordered.filter { groupOf[$0.waiter] != nil })
        }
        guard let left = groups[group], left.members.isEmpty else { return nil }
        close(group)
        groups[group] = nil
        return (group, left)
    }

    /// A waiter whose deadline has passed.
    mutating func nextOverdue(now: Duration) -> Int? {
        while let first = deadlines.min, first.at <= now || groupOf[first.waiter] == nil {
            deadlines.removeMin()
            if groupOf[first.waiter] != nil { return first.waiter }
        }
        return nil
    }

    /// Slots have other numbers now: `newSlot[old]`, nil where the cluster is gone (its links are settled already).
    mutating func renumber(_ newSlot: [Int?]) {
        open = [:]
        for group in Array(groups.keys) {
            guard var renumbered = groups[group] else { continue }
            renumbered.slots = renumbered.slots.compactMap { newSlot[$0] }
            renumbered.key = nil
            groups[group] = renumbered
        }
    }

    /// Nobody may join any more: what it waits for is no longer what its key says.
    private mutating func close(_ group: Int) {
        guard let key = groups[group]?.key else { return }
        open[key] = nil
        groups[group]?.key = nil
    }
}
