import Inbound
import Locking
import Platform
import Timing

/// The body of an export. A block is made on the pool when the reader has taken the one before, so that a slow reader
/// costs one block of memory and no thread.
///
/// What it holds is let go of when the server lets go of it, which it does when the body is sent or the reader has left.
final class ReleaseExport: BodyStream {
    private let maker: BlockMaker
    init(_ maker: BlockMaker) { self.maker = maker }
    deinit { maker.end() }

    func next(atMost count: Int) -> BodyChunk { maker.take(atMost: count) }
}

/// For any thread: the server's that takes, the pool's that makes, and whoever ends it.
final class BlockMaker: Sendable {
    /// Handed from thread to thread.
    private final class Turn: @unchecked Sendable {  // used by one at a time: whoever took it out of the state
        let writer: ExportWriter
        init(_ writer: ExportWriter) { self.writer = writer }
    }
    private enum Phase {
        /// The next block may be made.
        case idle(Turn)
        case making(BodySignal, until: Duration)
        /// What is in the block is the last.
        case whole
        /// Cut short, and nobody will hear more of it.
        case cut
    }
    private struct State {
        var phase: Phase
        var block: [UInt8] = []
        var taken = 0
        /// Since when the pool has had no room.
        var refusedSince: Duration?
        /// Held as long as blocks are made.
        var lease: SnapshotLease?
        var place: ExportPlace?
    }
    private let state: Lock<State>
    private let pool: WorkPool
    private let time: any TimeSource
    /// For one block, waiting for a thread included.
    private let patience: Duration
    private static let retryInterval = Duration.milliseconds(100)

    init(
        _ writer: sending ExportWriter, place: ExportPlace, pool: WorkPool, time: any TimeSource, patience: Duration
    ) {
        state = Lock(State(phase: .idle(Turn(writer)), place: place))
        self.pool = pool
        self.time = time
        self.patience = patience
    }

    /// What keeps the rows; to be given before the first block is taken.
    func hold(_ lease: SnapshotLease) {
        state.withLock { state in
            if case .cut = state.phase { return }
            state.lease = lease
        }
    }

    // MARK: - The reader's side

    func take(atMost count: Int) -> BodyChunk {
        enum Decision {
            case answer(BodyChunk)
            case make(Turn, BodySignal, until: Duration)
        }
        let now = time.uptime
        let decision = state.withLock { state -> Decision in
            if state.taken < state.block.count {
                let end = min(state.taken + count, state.block.count)
                defer { state.taken = end }
                return .answer(.bytes(Array(state.block[state.taken..<end])))
            }
            switch state.phase {
            case .whole: return .answer(.end)
            case .cut: return .answer(.abort)
            case .making(let signal, let until):
                guard now < until else {
                    Self.cut(&state)
                    return .answer(.abort)
                }
                return .answer(.waiting(signal, atMostUntil: until))
            case .idle(let turn):
                let signal = BodySignal()
                let until = (state.refusedSince ?? now) + patience
                state.phase = .making(signal, until: until)
                state.block = []
                state.taken = 0
                return .make(turn, signal, until: until)
            }
        }
        switch decision {
        case .answer(let chunk): return chunk
        case .make(let turn, let signal, let until):
            if pool.submit({ [self] in make(turn, signal) }) { return .waiting(signal, atMostUntil: until) }
            return state.withLock { state in
                guard case .making = state.phase, now < until else {
                    Self.cut(&state)
                    return .abort
                }
                state.phase = .idle(turn)
                state.refusedSince = state.refusedSince ?? now
                return .later(now + Self.retryInterval)
            }
        }
    }

    /// The rows are not held any more, or nobody reads: what is here is let go of, and a reader sees that it is cut.
    func end() {
        let signal = state.withLock { state -> BodySignal? in
            defer { Self.cut(&state) }
            if case .making(let signal, _) = state.phase { return signal }
            return nil
        }
        signal?.give()
    }

    // MARK: - The pool's side

    private func make(_ turn: Turn, _ signal: BodySignal) {
        while isAwaited {
            let block = turn.writer.next()
            if case .unfinished = block {
                // Others come in between; where there is no room for that, it goes on here.
                if pool.submit({ [self] in make(turn, signal) }) { return }
                continue
            }
            state.withLock { state in
                guard case .making = state.phase else { return }
                state.refusedSince = nil
                switch block {
                case .more(let bytes):
                    state.block = bytes
                    state.phase = .idle(turn)
                case .last(let bytes):
                    state.block = bytes
                    state.phase = .whole
                    // The rows are read: what is left is this block.
                    (state.lease, state.place) = (nil, nil)
                case .failed, .unfinished: Self.cut(&state)
                }
            }
            return signal.give()
        }
    }

    private var isAwaited: Bool {
        state.withLock { if case .making = $0.phase { true } else { false } }
    }

    private static func cut(_ state: inout State) {
        state.phase = .cut
        state.block = []
        state.taken = 0
        (state.lease, state.place) = (nil, nil)
    }
}
