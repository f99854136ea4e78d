import Locking
import Platform

/// Where what takes long is computed: plans above the cost bound, large bodies to compress, blocks of exports. One for
/// each process, so that they share its threads and its limits.
package final class LongWork: Sendable {
    /// What is going on at one moment.
    package struct Counts: Sendable, Equatable {
        package var pool = WorkPool.Counts()
        package var exports = 0
        package init() {}
    }
    let pool: WorkPool
    private let exports = Lock(0)

    /// Each holds what it reads, some hundred KiB of blocks, and up to 4 bytes for each row.
    static let exportLimit = 8

    /// - Parameters:
    ///   - threads: as many as there are processors to share with the threads that serve sockets, and two at least.
    ///   - queueLimit: what is refused as overloaded beyond: pieces of milliseconds, so that this is seconds of work.
    package init(threads: Int = min(max(ProcessorShare.count, 2), 8), queueLimit: Int = 256) {
        pool = WorkPool(named: "query", standing: .last, threads: threads, queueLimit: queueLimit)
    }

    package var counts: Counts {
        var counts = Counts()
        counts.pool = pool.counts
        counts.exports = exports.withLock { $0 }
        return counts
    }

    /// What `work` gives, from a thread of the pool.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(APIProblem) -> Value
    ) async throws(APIProblem) -> Value {
        let outcome = await pool.run { () -> Result<Value, APIProblem> in
            do throws(APIProblem) { return .success(try work()) } catch { return .failure(error) }
        }
        guard let outcome else { throw APIProblem(.overloaded, "as many long questions as can be wait already") }
        return try outcome.get()
    }

    /// One of the exports that may run at once; given back when it is let go of. Nil when there are as many.
    func admitExport() -> ExportPlace? {
        let isAdmitted = exports.withLock { exports -> Bool in
            guard exports < Self.exportLimit else { return false }
            exports += 1
            return true
        }
        return isAdmitted ? ExportPlace { [self] in exports.withLock { $0 -= 1 } } : nil
    }
}

final class ExportPlace: Sendable {
    private let giveBack: @Sendable () -> Void
    init(_ giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }
    deinit { giveBack() }
}
