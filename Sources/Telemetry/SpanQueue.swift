import Locking

/// Spans that wait for export. Bounded: when the collector is slow or away, the newest are dropped and counted.
package final class SpanQueue: Sendable {
    package struct Counts: Sendable, Equatable {
        package var queued = 0
        /// Since the start.
        package var exported = 0
        package var dropped = 0
        package var failed = 0
    }
    private struct State {
        var spans: [EndedSpan] = []
        var counts = Counts()
    }
    private let limit: Int
    private let batch: Int
    private let state = Lock(State())
    private let full: AsyncStream<Void>
    private let becameFull: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - limit: spans that may wait; some 300 bytes each.
    ///   - batch: as many are worth a request at once.
    package init(limit: Int = 8192, batch: Int = 512) {
        self.limit = limit
        self.batch = batch
        (full, becameFull) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.queued = state.spans.count
            return counts
        }
    }

    func add(_ span: EndedSpan) {
        let isBatch = state.withLock { state in
            guard state.spans.count < limit else {
                state.counts.dropped += 1
                return false
            }
            state.spans.append(span)
            return state.spans.count == batch
        }
        if isBatch { becameFull.yield() }
    }

    /// At most a batch of those that wait, the oldest first.
    func take() -> [EndedSpan] {
        state.withLock { state in
            let taken = Array(state.spans.prefix(batch))
            state.spans.removeFirst(taken.count)
            return taken
        }
    }
    func count(exported: Int = 0, failed: Int = 0) {
        state.withLock { state in
            state.counts.exported += exported
            state.counts.failed += failed
        }
    }

    /// Returns when a batch is whole, or when the task is cancelled. For one task.
    func batchIsWhole() async { for await _ in full { return } }
}
