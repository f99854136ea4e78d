import Compression
import Inbound
import Locking
import ReleaseModel
import Timing

/// What makes an answer good for others who ask the same.
struct Sharing: Sendable {
    /// What it was read from. The object, not its id: besides the rows it decides the times, reasons and failures that
    /// coverage tells.
    let snapshot: Snapshot
    /// By `TimeSource.uptime`: until then time alone changes nothing that the answer says.
    let until: Duration
    /// When it was read, at the earliest.
    let readAt: Duration
}

/// Answers each made once for all who ask the same; their bodies are sent by reference.
///
/// An answer is found under everything of a request that it hangs on, the caller's rights among it. It is given to a
/// request for which it would be made the same: while the newest snapshot is the very one it was read from and no
/// cluster in it has grown stale by its age, or when it was read after the request came. Only its page token is older
/// than one made anew, by a tenth of its life at most. For any number of threads.
final class SharedAnswers: Sendable {
    struct Key: Hashable, Sendable {
        /// Path and query as they were sent.
        private let target: String
        private let accept: [String]
        private let caller: Caller

        init(_ exchange: Exchange) {
            target = exchange.request.rawPath + "?" + (exchange.request.rawQuery ?? "")
            accept = exchange.request.fields.filter { $0.name == "accept" }.map(\.value)
            caller = exchange.caller
        }
        fileprivate var byteCount: Int { accept.reduce(target.utf8.count) { $0 + $1.utf8.count } }
    }
    private let table: Lock<SharedTable>

    init(byteBudget: Int) { table = Lock(SharedTable(byteBudget: byteBudget)) }

    /// From now on no more than so many bytes; what is above is let go at once.
    func limit(to byteBudget: Int) {
        table.withLock { table in
            table.byteBudget = byteBudget
            table.keepBudget()
        }
    }

    /// The answer in the coding wanted, or as it is; nil when it is to be made.
    ///
    /// - Parameters:
    ///   - askedAt: when the request came, and `now`, both by `TimeSource.uptime`.
    ///   - newest: the snapshot served now.
    func answer(
        to key: Key, for encoding: AcceptEncoding, askedAt: Duration, newest: Snapshot?, now: Duration
    ) -> Answer? {
        table.withLock { table in
            table.follow(newest)
            guard let entry = table.entry(key, askedAt: askedAt, now: now) else { return nil }
            table.counts.hits += 1
            return encoding.preferred.flatMap { entry.coded[$0] } ?? entry.plain
        }
    }

    /// Keeps an answer that says how it can be shared, and gives it the number under which `keep(coded:)` knows it.
    func keep(_ answer: Answer, for key: Key, newest: Snapshot?) -> Answer {
        guard let sharing = answer.sharing else { return answer }
        return table.withLock { table in
            // One answer must not push out all others.
            guard answer.body.count <= table.byteBudget / 4 else { return answer }
            table.follow(newest)
            let kept = table.insert(answer, for: key, sharing)
            table.keepBudget()
            return kept
        }
    }

    /// Keeps a compressed answer beside the one it was made of.
    func keep(coded answer: Answer, for key: Key) {
        table.withLock { table in
            table.insert(coded: answer, for: key)
            table.keepBudget()
        }
    }

    /// Lets go of what was read from another snapshot. Requests do it too; this is for when nobody asks.
    func letGo(unless newest: Snapshot?) {
        table.withLock { table in
            table.follow(newest)
            table.forgetOlder()
        }
    }

    var counts: PagesCounts.Shared { table.withLock { $0.counts } }
}

private struct SharedTable {
    struct Entry {
        let plain: Answer
        var coded: [ContentCoding: Answer] = [:]
        let until: Duration
        let readAt: Duration
        let keyBytes: Int

        var byteCount: Int {
            coded.values.reduce(plain.body.count) { $0 + $1.body.count } + keyBytes + Self.overhead
        }
        /// What an entry takes besides its texts and bodies, estimated.
        private static let overhead = 1 << 10
    }
    var byteBudget: Int
    var counts = PagesCounts.Shared()
    /// Kept, so that its identity cannot become another's.
    private var snapshot: Snapshot?
    /// Read from `snapshot`.
    private var entries: [SharedAnswers.Key: Entry] = [:]
    /// Read from others before: for requests that wait already.
    private var older: [SharedAnswers.Key: Entry] = [:]
    /// The keys of `entries`, the oldest first.
    private var order: [SharedAnswers.Key] = []
    private var serial = 0

    init(byteBudget: Int) { self.byteBudget = byteBudget }

    mutating func follow(_ newest: Snapshot?) {
        guard snapshot !== newest else { return }
        snapshot = newest
        if entries.isEmpty { return }
        forgetOlder()
        swap(&entries, &older)
        order = []
    }
    mutating func forgetOlder() {
        for entry in older.values { count(entry, -1) }
        older = [:]
    }

    func entry(_ key: SharedAnswers.Key, askedAt: Duration, now: Duration) -> Entry? {
        if let entry = entries[key], now <= entry.until || entry.readAt > askedAt { return entry }
        if let entry = older[key], entry.readAt > askedAt { return entry }
        return nil
    }

    mutating func insert(_ answer: Answer, for key: SharedAnswers.Key, _ sharing: Sharing) -> Answer {
        serial += 1
        counts.made += 1
        var answer = answer
        // The snapshot must not be held on by what is kept of it.
        answer.sharing = nil
        answer.keptAs = serial
        let entry = Entry(plain: answer, until: sharing.until, readAt: sharing.readAt, keyBytes: key.byteCount)
        if sharing.snapshot === snapshot {
            if let before = entries.updateValue(entry, forKey: key) {
                count(before, -1)
            } else {
                order.append(key)
            }
        } else if let before = older.updateValue(entry, forKey: key) {
            count(before, -1)
        }
        count(entry, 1)
        return answer
    }

    mutating func insert(coded answer: Answer, for key: SharedAnswers.Key) {
        // Its plain one may have been let go.
        guard let coding = answer.coding, let entry = entries[key], entry.plain.keptAs == answer.keptAs,
            entry.coded[coding] == nil
        else { return }
        entries[key]?.coded[coding] = answer
        counts.bytes += answer.body.count
    }

    /// Lets the older half go at once, so that one more costs a constant on the average.
    mutating func keepBudget() {
        if counts.bytes > byteBudget { forgetOlder() }
        while counts.bytes > byteBudget, !order.isEmpty {
            let half = (order.count + 1) / 2
            for key in order.prefix(half) {
                if let entry = entries.removeValue(forKey: key) { count(entry, -1) }
            }
            order.removeFirst(half)
        }
    }

    private mutating func count(_ entry: Entry, _ sign: Int) {
        counts.answers += sign
        counts.bytes += sign * entry.byteCount
    }
}

/// Where a request's answer is found and kept.
struct SharedPlace: Sendable {
    private let key: SharedAnswers.Key
    private let encoding: AcceptEncoding
    private let askedAt: Duration
    private let reader: ReleaseReader

    init(_ exchange: Exchange, _ reader: ReleaseReader) {
        key = SharedAnswers.Key(exchange)
        encoding = exchange.encoding
        askedAt = exchange.askedAt
        self.reader = reader
    }

    /// What others have made; nil when it is to be made.
    var answer: Answer? {
        reader.pages.shared.answer(
            to: key, for: encoding, askedAt: askedAt, newest: reader.source.current, now: reader.time.uptime)
    }
    func keep(_ answer: Answer) -> Answer {
        if answer.sharing == nil { return answer }
        return reader.pages.shared.keep(answer, for: key, newest: reader.source.current)
    }
    func keep(coded answer: Answer) {
        if answer.keptAs != nil { reader.pages.shared.keep(coded: answer, for: key) }
    }
}
